import { createRandom } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import fixture from '../fixtures/torchvision.json' with { type: 'json' }
import { centerCrop, compose, randomCrop, randomScale, resize, scaleAndCrop } from './index.js'
import { unpack } from './testing/unpack.js'
import { floatPicture, gray, largestDifference, picture, rowsOf } from './testing/picture.js'

describe('resize', () => {
  test('by hand: two pixels become four, centers at −¼, ¼, ¾, 1¼ and the ends clamped', () => {
    const up = resize({ size: [1, 4] })
    expect(rowsOf(up(gray([[0, 8]], true)))).toEqual([[0, 2, 6, 8]])
    expect(rowsOf(up(gray([[0, 2]])))).toEqual([[0, 0, 2, 2]]) // ½ and 1½ to even
    expect(rowsOf(up(gray([[0, 6]])))).toEqual([[0, 2, 4, 6]]) // 1½ and 4½ to even
  })

  test('by hand: four pixels become two, averaged by a triangle four wide or read at the centers', () => {
    const row = gray([[0, 8, 16, 64]], true)
    // Weights 3, 3, 1 at distances ½, ½, 1½ from center 1, of half-width 2; the fourth lies beyond.
    expect(rowsOf(resize({ size: [1, 2] })(row))[0]![0]).toBeCloseTo((3 * 0 + 3 * 8 + 16) / 7, 5)
    expect(rowsOf(resize({ size: [1, 2] })(row))[0]![1]).toBeCloseTo((8 + 3 * 16 + 3 * 64) / 7, 5)
    expect(rowsOf(resize({ size: [1, 2], antialias: false })(row))).toEqual([[4, 40]])
  })

  test('the shorter side, the longer rounded down: 375 × 500 and 256 make 256 × 341', () => {
    const sizeOf = (height: number, width: number, size: number) => {
      const made = resize({ size })({ ...gray([[0]]), data: new Uint8Array(height * width), height, width }) // prettier-ignore
      return [made.height, made.width]
    }
    expect(sizeOf(375, 500, 256)).toEqual([256, 341])
    expect(sizeOf(500, 375, 256)).toEqual([341, 256])
    expect(sizeOf(32, 32, 128)).toEqual([128, 128])
  })

  test('an image of the right size is copied', () => {
    const image = picture(5, 6)
    const made = resize({ size: [5, 6] })(image)
    expect(made).toEqual(image)
    expect(made.data).not.toBe(image.data)
  })

  test.each(
    fixture.resize.map((c) => [`${c.input} to ${c.size}, antialias ${c.antialias}`, c] as const),
  )(
    'equals torchvision’s F.resize of tensors: %s',
    (_, { input, size, antialias, bytes, floats, pillow }) => {
      const [height, width] = input as [number, number]
      const transform = resize({ size: size as number | [number, number], antialias })
      const made = transform(picture(height, width))
      expect([made.height, made.width, made.channels]).toEqual(bytes.shape)
      expect(largestDifference(made.data, unpack(bytes))).toBeLessThanOrEqual(1)
      expect(largestDifference(transform(floatPicture(height, width)).data, unpack(floats))).toBeLessThan(2e-6) // prettier-ignore
      if (pillow) expect(largestDifference(made.data, unpack(pillow))).toBeLessThanOrEqual(1)
    },
  )

  test('of all the fixtures’ bytes, at most three in a thousand are rounded otherwise than torchvision’s: near halves', () => {
    let differ = 0
    let all = 0
    for (const { input, size, antialias, bytes } of fixture.resize) {
      const { data } = resize({ size: size as number, antialias })(picture(input[0]!, input[1]!))
      const expected = unpack(bytes)
      data.forEach((byte, i) => (differ += byte === expected[i] ? 0 : 1))
      all += data.length
    }
    expect(differ / all).toBeLessThan(3e-3)
  })

  test('errors: a result too large for an array, unless a crop follows', () => {
    const strip = { data: new Uint8Array(30_000).fill(7), height: 1, width: 30_000, channels: 1 }
    const large = { code: 'invalid-shape', message: expect.stringContaining('too large for an array') as string } // prettier-ignore
    const thrown = (size: number | [number, number]) => {
      try {
        return resize({ size })(strip)
      } catch (error) {
        return error
      }
    }
    expect(thrown([1_000_000, 1_000_000])).toMatchObject(large)
    expect(thrown(1e12)).toMatchObject(large) // 3e16 columns: no room for their weights
    const window = compose([resize({ size: [1_000_000, 1_000_000] }), centerCrop({ size: 2 })])
    expect([...window(strip).data]).toEqual([7, 7, 7, 7])
  })

  test('errors: bad sizes', () => {
    for (const size of [0, -1, 2.5, NaN, [3], [3, 0], '8', undefined]) {
      expect(() => resize({ size } as never)).toThrow(/resize takes/)
    }
    expect(() => resize({ size: 4, antialias: 'yes' as never })).toThrow('antialias: true or false')
  })
})

describe('randomScale', () => {
  test('S is uniform from min to max, both included', () => {
    const counts = [0, 0, 0, 0, 0]
    const transform = randomScale({ min: 4, max: 8 })
    for (let i = 0; i < 5000; i++) {
      counts[transform(gray([[1, 2], [3, 4]]), createRandom(i)).height - 4]!++ // prettier-ignore
    }
    const chiSquare = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(18.5) // 4 degrees of freedom: 1 in 1000
  })

  test('errors: an empty range', () => {
    expect(() => randomScale({ min: 5, max: 4 })).toThrow('found "5 to 4"')
    expect(() => randomScale({ min: 0, max: 4 })).toThrow('at least 1')
  })
})

describe('scaleAndCrop', () => {
  test('is the resize and then the crop, to the bit', () => {
    for (let seed = 0; seed < 50; seed++) {
      const [image, antialias] = [seed % 2 ? picture(31, 22) : floatPicture(22, 31), seed % 3 === 0]
      const random = createRandom(seed)
      const s = 12 + random.int(20)
      const scaled = resize({ size: s, antialias })(image)
      const crop = randomCrop({ size: [9, 11] })(scaled, random)
      expect(scaleAndCrop({ scale: [12, 31], size: [9, 11], antialias })(image, createRandom(seed))).toEqual(crop) // prettier-ignore
    }
  })

  test('errors: a scale smaller than the crop', () => {
    expect(() => scaleAndCrop({ scale: [200, 256], size: 224 })).toThrow('at least the crop’s'.replace('’', "'")) // prettier-ignore
  })
})
