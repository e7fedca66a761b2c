import { describe, expect, test } from 'vitest'
import fixture from '../fixtures/torchvision.json' with { type: 'json' }
import { centerCrop, compose, fiveCrop, multiCrop, resize, tenCrop } from './index.js'
import type { Image } from './index.js'
import { gray, picture, rowsOf } from './testing/picture.js'
import { unpack } from './testing/unpack.js'

const values = (views: readonly Image[]) => views.map(({ data }) => [...data])

describe('crops', () => {
  test.each(fixture.crop.map((c) => [`${c.size} of ${c.input}`, c] as const))(
    'equal torchvision’s: %s',
    (_, { input, size, center, five, ten }) => {
      const image = picture(input[0]!, input[1]!)
      const options = { size: size as number | [number, number] }
      expect([...centerCrop(options)(image).data]).toEqual([...unpack(center)])
      expect(values(fiveCrop(options)(image))).toEqual(five.map((view) => [...unpack(view)]))
      expect(values(tenCrop(options)(image))).toEqual(ten.map((view) => [...unpack(view)]))
    },
  )

  test('multiCrop by hand: a 3 × 3 grid on 5 × 4, then on its mirror image', () => {
    const image = gray(Array.from({ length: 5 }, (_, y) => [0, 1, 2, 3].map((x) => 10 * y + x)))
    const views = multiCrop({ size: [1, 2], grid: 3 })(image)
    const tops = [0, 2, 4]
    const lefts = [0, 1, 2]
    const expected = tops.flatMap((y) => lefts.map((x) => [[10 * y + x, 10 * y + x + 1]]))
    const mirrored = tops.flatMap((y) => lefts.map((x) => [[10 * y + 3 - x, 10 * y + 2 - x]]))
    expect(views.map(rowsOf)).toEqual([...expected, ...mirrored])
  })

  test('mirrored windows are those of the mirror image: one pixel beside if the margin is odd', () => {
    const image = gray([[0, 1, 2, 3, 4, 5, 6, 7, 8]])
    const size = [1, 4] as const
    const window = (left: number) => [[left, left + 1, left + 2, left + 3]]
    const mirror = (left: number) => [[left + 3, left + 2, left + 1, left]]
    const ten = tenCrop({ size })(image).map(rowsOf)
    expect(ten.slice(0, 5)).toEqual([0, 5, 0, 5, 2].map(window)) // 2.5 goes to 2
    expect(ten.slice(5)).toEqual([5, 0, 5, 0, 3].map(mirror)) // 2 from the other side is 3
    const fifty = multiCrop({ size })(image).map(rowsOf)
    expect(fifty.slice(0, 5)).toEqual([0, 1, 2, 4, 5].map(window))
    expect(fifty.slice(25, 30)).toEqual([5, 4, 3, 1, 0].map(mirror))
  })

  test('multiCrop makes fifty views, corners included, each the other half’s mirror image', () => {
    const image = picture(16, 22)
    const views = multiCrop({ size: 8 })(image)
    expect(views).toHaveLength(50)
    const corners = values(fiveCrop({ size: 8 })(image)).slice(0, 4)
    expect(values([views[0]!, views[4]!, views[20]!, views[24]!])).toEqual(corners)
    const ten = values(tenCrop({ size: 8 })(image))
    expect(values([views[25]!, views[29]!])).toEqual([ten[5], ten[6]])
  })

  test('multiCrop places windows at the nearest pixel, halves to even', () => {
    // Rooms of 6 and 2 rows and columns: at 0, 1.5, 3, 4.5, 6 and at 0, 0.5, 1, 1.5, 2.
    const image = gray(
      Array.from({ length: 10 }, (_, y) => [0, 1, 2, 3, 4, 5].map((x) => 10 * y + x)),
    )
    const views = multiCrop({ size: 4 })(image).slice(0, 25)
    const left = views.filter((_, i) => i % 5 === 0)
    expect(left.map((view) => Math.floor(rowsOf(view)[0]![0]! / 10))).toEqual([0, 2, 3, 4, 6])
    expect(views.slice(0, 5).map((view) => rowsOf(view)[0]![0]! % 10)).toEqual([0, 0, 1, 2, 2])
  })

  test('of a resized image: the same as of the resized image made first', () => {
    const scale = resize({ size: 12 })
    const made = compose([scale, tenCrop({ size: 9 })])(picture(20, 26))
    expect(made).toEqual(tenCrop({ size: 9 })(scale(picture(20, 26))))
  })

  test('errors: images too small, bad options', () => {
    for (const crop of [centerCrop, fiveCrop, tenCrop, multiCrop]) {
      expect(() => crop({ size: [4, 9] })(picture(8, 8))).toThrow(
        `${crop({ size: 1 }).spec.kind} takes 4×9 out of an image of at least that size, found 8×8`,
      )
      expect(() => crop({ size: -3 })).toThrow('a size in pixels')
    }
    expect(() => multiCrop({ size: 2, grid: 1 })).toThrow('at least 2')
  })
})
