import { createRandom } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import fixture from '../fixtures/torchvision.json' with { type: 'json' }
import { compose, randomCrop, toFloat } from './index.js'
import { gray, picture, rowsOf } from './testing/picture.js'
import { unpack } from './testing/unpack.js'

describe('randomCrop', () => {
  test('padding of constants and by reflection equals torchvision’s', () => {
    const size = [8, 9] as const
    const options = { size, padding: [1, 2] as const }
    const constant = randomCrop({ ...options, fill: 9 })(picture(6, 5), createRandom(1))
    expect([...constant.data]).toEqual([...unpack(fixture.pad.constant)])
    const reflect = randomCrop({ ...options, paddingMode: 'reflect' })(
      picture(6, 5),
      createRandom(1),
    )
    expect([...reflect.data]).toEqual([...unpack(fixture.pad.reflect)])
  })

  test('every window is as likely as any other', () => {
    const transform = randomCrop({ size: [2, 1] })
    const image = gray([[0, 1, 2], [3, 4, 5], [6, 7, 8]]) // prettier-ignore
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 6000; i++) {
      const made = rowsOf(transform(image, createRandom(i)))
      expect(made[1]![0]).toBe(made[0]![0]! + 3)
      counts[made[0]![0]!]!++
    }
    const chiSquare = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(20.5) // 5 degrees of freedom: 1 in 1000
  })

  test('the top is drawn before the left, one int each', () => {
    const random = createRandom(9)
    const [top, left] = [random.int(4), random.int(8)]
    const made = randomCrop({ size: [3, 1] })(picture(6, 8, 1), createRandom(9))
    expect(rowsOf(made)).toEqual(rowsOf(picture(6, 8, 1)).slice(top, top + 3).map((row) => [row[left]])) // prettier-ignore
  })

  test('fill is in the units of the image that is padded', () => {
    const pad = randomCrop({ size: [1, 3], padding: [0, 1], fill: 0.5 })
    expect(rowsOf(pad(gray([[1]], true), createRandom(1)))).toEqual([[0.5, 1, 0.5]])
    expect(rowsOf(compose([toFloat(), pad])(gray([[255]]), createRandom(1)))).toEqual([
      [0.5, 1, 0.5],
    ])
    expect(() => pad(gray([[255]]), createRandom(1))).toThrow('put toFloat before it')
  })

  test('errors: images too small, bad options', () => {
    const run = (options: object) =>
      randomCrop({ size: 8, ...options })(picture(6, 6), createRandom(1))
    expect(() => run({})).toThrow('takes 8×8 out of an image of at least that size, found 6×6')
    expect(() => run({ size: 20, padding: 4 })).toThrow(
      'a padded image of at least that size, found 14×14',
    )
    expect(() => run({ padding: 6, paddingMode: 'reflect' })).toThrow('larger than that, found 6×6')
    expect(() => run({ padding: -1 })).toThrow('at least 0')
    expect(() => run({ padding: [1, 2, 3] })).toThrow('[vertical, horizontal]')
    expect(() => run({ paddingMode: 'mirror' })).toThrow('"constant" or "reflect", found "mirror"')
    expect(() => run({ size: 0 })).toThrow('a size in pixels')
    expect(() => run({ fill: NaN })).toThrow('finite fill')
  })
})
