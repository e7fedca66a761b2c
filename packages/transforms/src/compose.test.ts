import { createRandom } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import {
  centerCrop,
  compose,
  horizontalFlip,
  normalize,
  pcaColor,
  randomCrop,
  randomHorizontalFlip,
  randomScale,
  resize,
  scaleAndCrop,
  subtractMeanImage,
  subtractMeanRgb,
  tenCrop,
  toFloat,
  transformFromSpec,
} from './index.js'
import type { Image, Transform } from './index.js'
import { floatPicture, gray, picture, rowsOf } from './testing/picture.js'

/** A transform that fits an image of this size, at random. */
const anyTransform = (r: Random, { height, width, data }: Image): Transform => {
  const inside = (n: number) => 1 + r.int(n)
  const size = [inside(height), inside(width)] as const
  const bytes = !(data instanceof Float32Array)
  const color = { eigenvalues: [0.3, 0.2, 0.1], eigenvectors: [[1, 0, 0], [0, 0.6, 0.8], [0, -0.8, 0.6]] } // prettier-ignore
  const makers: (() => Transform)[] = [
    () => resize({ size: [inside(30), inside(30)], antialias: r.int(2) === 0 }),
    () => resize({ size: 3 + r.int(20) }),
    () => randomScale({ min: 4, max: 4 + r.int(20) }),
    () => randomCrop({ size }),
    () =>
      randomCrop({ size, padding: [r.int(4), r.int(4)], fill: bytes ? r.int(256) : r.uniform() }),
    () => randomCrop({ size, padding: [r.int(height), r.int(width)], paddingMode: 'reflect' }),
    () => centerCrop({ size }),
    () => horizontalFlip(),
    () => randomHorizontalFlip({ p: 0.6 }),
    () => scaleAndCrop({ scale: [8, 20], size: 5 }),
    () => toFloat({ scale: r.int(2) === 0 ? 1 : 255 }),
    () => normalize({ mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] }),
    () => subtractMeanRgb({ mean: [0.1, 0.2, 0.3] }),
    () => pcaColor(color),
    () =>
      subtractMeanImage({ mean: floatPicture(height, width) as Image & { data: Float32Array } }),
  ]
  return makers[r.int(makers.length)]!()
}

describe('compose', () => {
  test('is one transform after the other, to the bit: 400 random pipelines', () => {
    let longest = 0
    for (let trial = 0; trial < 400; trial++) {
      const r = createRandom('pipelines').stream(trial)
      const random = createRandom(trial)
      const image = (trial % 3 === 0 ? floatPicture : picture)(3 + r.int(20), 3 + r.int(20))
      const parts: Transform[] = []
      const seen: Record<string, number> = {}
      let expected = image
      for (let n = 1 + r.int(7); n > 0; n--) {
        const part = anyTransform(r, expected)
        const before = seen[part.spec.kind] ?? 0
        seen[part.spec.kind] = before + 1
        parts.push(part)
        expected = part(expected, random.stream(part.spec.kind, before))
      }
      longest = Math.max(longest, parts.length)
      const whole = compose(parts)
      expect(whole(image, random), JSON.stringify(whole.spec.kind)).toEqual(expected)
      // Nesting changes nothing.
      const cut = r.int(parts.length)
      const nested = compose([...parts.slice(0, cut), compose(parts.slice(cut))])
      expect(nested(image, random)).toEqual(expected)
      expect(nested.spec).toEqual(whole.spec)
    }
    expect(longest).toBe(7)
  })

  test('adding a transform, or moving one, leaves the draws of the others as they were', () => {
    const drawsOf = (parts: (recorder: Transform[]) => Transform[]) => {
      const drawn: Record<string, number[]> = {}
      const spy = (random: Random, path: readonly (string | number)[]): Random => ({
        ...random,
        stream: (...more) => spy(random.stream(...more), [...path, ...more]),
        uniform: () => record(path, random.uniform()),
        int: (n) => record(path, random.int(n)),
        normal: (...of) => record(path, random.normal(...of)),
      })
      const record = (path: readonly (string | number)[], value: number) => {
        ;(drawn[path.join('/')] ??= []).push(value)
        return value
      }
      compose(parts([]))(picture(20, 20), spy(createRandom(3), []))
      return drawn
    }
    const crop = randomCrop({ size: 12 })
    const flip = randomHorizontalFlip()
    const plain = drawsOf(() => [crop, flip])
    expect(Object.keys(plain)).toEqual(['randomCrop/0', 'randomHorizontalFlip/0'])
    expect(plain['randomCrop/0']).toHaveLength(2)
    expect(drawsOf(() => [normalize({ mean: [0, 0, 0], std: [1, 1, 1] }), crop, flip])).toEqual(
      plain,
    )
    expect(drawsOf(() => [flip, crop])).toEqual(plain)
    const two = drawsOf(() => [crop, flip, randomHorizontalFlip({ p: 0.1 })])
    expect(two).toMatchObject(plain)
    expect(two['randomHorizontalFlip/1']).not.toEqual(two['randomHorizontalFlip/0'])
  })

  test('views: the transforms after tenCrop are applied to each, with draws of their own', () => {
    const views = compose([tenCrop({ size: 4 }), randomHorizontalFlip(), toFloat()])
    const flips = compose([tenCrop({ size: 4 }), toFloat()])(picture(4, 4)).map((view, i) => {
      const made = views(picture(4, 4), createRandom(1))[i]!
      return JSON.stringify(made) !== JSON.stringify(view)
    })
    expect(new Set(flips).size).toBe(2)
  })

  test('a function of one’s own sees what comes before it, and has a spec that cannot be remade', () => {
    const invert = (image: Image, random: Random): Image => ({
      ...image,
      data: Uint8Array.from(image.data, (x) => 255 - x + 0 * random.uniform()),
    })
    const whole = compose([horizontalFlip(), invert, horizontalFlip(), toFloat({ scale: 255 })])
    expect(rowsOf(whole(gray([[1, 2, 3]]), createRandom(1)))).toEqual([[254, 253, 252]])
    expect(() => transformFromSpec(whole.spec)).toThrow('function invert')
  })

  test('errors: nothing to compose, no function, no stream, a broken image, an unknown name', () => {
    expect(() => compose([])).toThrow('at least one transform')
    expect(() => compose(['flip'] as never)).toThrow('found string as number 0')
    expect(() => compose([randomHorizontalFlip()])(picture(4, 4))).toThrow('needs a stream')
    expect(() => horizontalFlip()({ ...picture(4, 4), width: 5 })).toThrow(
      'has 60 values, found 48',
    )
    expect(() => horizontalFlip()({ ...picture(4, 4), channels: 0 })).toThrow('4×4×0')
    expect(() => horizontalFlip()({ ...picture(4, 4), data: new Int32Array(48) as never })).toThrow(
      'with data a Uint8Array, Uint8ClampedArray or Float32Array, found Int32Array',
    )
    expect(() => horizontalFlip()(undefined as never)).toThrow('found undefined')
    expect(() => randomHorizontalFlip()(picture(4, 4), 3 as never)).toThrow('createRandom(3)')
    expect(() => randomHorizontalFlip({ probability: 1 } as never)).toThrow(
      'randomHorizontalFlip has no option "probability"',
    )
    expect(() => transformFromSpec({ kind: 'rezise', size: 3 })).toThrow('did you mean "resize"')
    expect(() => transformFromSpec({ kind: 'toString' })).toThrow('unknown transform')
    expect(() => transformFromSpec({ kind: 'compose' })).toThrow('a list')
    expect(() => transformFromSpec(null as never)).toThrow('an object with a kind')
  })
})
