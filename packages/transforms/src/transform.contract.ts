import { createRandom } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import * as transforms from './index.js'
import type { Image, MultiViewTransform, Transform } from './index.js'
import { floatPicture, picture } from './testing/picture.js'

const {
  centerCrop,
  compose,
  fiveCrop,
  horizontalFlip,
  multiCrop,
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
} = transforms

const colors = {
  eigenvectors: [
    [0.6, 0.6, 0.52],
    [0.7, 0, -0.71],
    [0.4, -0.8, 0.4],
  ],
  eigenvalues: [0.21, 0.02, 0.005],
}
const rgb = { mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26] }
const meanImage = { ...floatPicture(14, 18), data: new Float32Array(14 * 18 * 3).fill(0.4) }

/** One of each, and pipelines as they are used; all take a picture of 14 × 18 × 3. */
const cases: Readonly<Record<string, Transform | MultiViewTransform>> = {
  'resize to a shorter side': resize({ size: 20 }),
  'resize down': resize({ size: [5, 7] }),
  'resize without antialias': resize({ size: [5, 30], antialias: false }),
  randomScale: randomScale({ min: 10, max: 30 }),
  scaleAndCrop: scaleAndCrop({ scale: [12, 24], size: 11 }),
  randomCrop: randomCrop({ size: 9 }),
  'randomCrop, padded': randomCrop({ size: 14, padding: 4, fill: 7 }),
  'randomCrop, reflected': randomCrop({ size: [16, 12], padding: [3, 2], paddingMode: 'reflect' }),
  centerCrop: centerCrop({ size: [11, 4] }),
  fiveCrop: fiveCrop({ size: 9 }),
  tenCrop: tenCrop({ size: [9, 8] }),
  multiCrop: multiCrop({ size: 8 }),
  horizontalFlip: horizontalFlip(),
  randomHorizontalFlip: randomHorizontalFlip({ p: 0.7 }),
  toFloat: toFloat({ scale: 255 }),
  normalize: normalize(rgb),
  subtractMeanRgb: subtractMeanRgb({ mean: rgb.mean }),
  subtractMeanImage: subtractMeanImage({ mean: meanImage }),
  pcaColor: pcaColor(colors),
  'CIFAR training': compose([
    randomCrop({ size: 14, padding: 4 }),
    randomHorizontalFlip(),
    normalize(rgb),
  ]),
  'AlexNet training': compose([
    subtractMeanImage({ mean: meanImage }),
    randomCrop({ size: 11 }),
    randomHorizontalFlip(),
    pcaColor(colors),
  ]),
  'VGG training': compose([
    randomScale({ min: 12, max: 24 }),
    randomCrop({ size: 11 }),
    randomHorizontalFlip(),
    pcaColor(colors),
    subtractMeanRgb({ mean: rgb.mean }),
  ]),
  'ten crops of a resized image': compose([
    resize({ size: 20 }),
    tenCrop({ size: 16 }),
    normalize(rgb),
  ]),
}

const images: Readonly<Record<string, () => Image>> = {
  bytes: () => picture(14, 18),
  'clamped bytes': () => {
    const image = picture(14, 18)
    return { ...image, data: Uint8ClampedArray.from(image.data) }
  },
  floats: () => floatPicture(14, 18),
}

const viewsOf = (made: Image | readonly Image[]): readonly Image[] =>
  'data' in made ? [made] : made

const bitsOf = (made: Image | readonly Image[]) =>
  viewsOf(made).map(({ data, height, width, channels }) => ({
    kind: data.constructor.name,
    shape: [height, width, channels],
    values: [...data],
  }))

/** What every transform promises, on any engine. */
export const describeTransforms = (): void => {
  describe.each(Object.entries(cases))('%s', (_, transform) => {
    describe.each(Object.entries(images))('of %s', (_, make) => {
      test('is pure: equal inputs give equal bits, the image stays as it is, results share no memory', () => {
        const image = make()
        const before = [...image.data]
        const made = transform(image, createRandom(5))
        const bits = bitsOf(made)
        for (const one of viewsOf(made)) {
          expect(one.data.length).toBe(one.height * one.width * one.channels)
          expect(one.data.buffer).not.toBe(image.data.buffer)
          one.data.fill(1)
        }
        expect([...image.data]).toEqual(before)
        expect(bitsOf(transform(image, createRandom(5)))).toEqual(bits)
      })

      test('into writes the same numbers, bytes divided by 255, and nothing else', () => {
        const views = viewsOf(transform(make(), createRandom(5)))
        const numbers = views.flatMap(({ data }) =>
          Array.from(data, (x) => (data instanceof Float32Array ? x : Math.fround(x / 255))),
        )
        const out = new Float32Array(numbers.length + 5).fill(-9)
        const { height, width, channels } = views[0]!
        expect(transform.into(make(), createRandom(5), out, 2)).toEqual({
          views: views.length,
          height,
          width,
          channels,
        })
        expect([...out]).toEqual([-9, -9, ...numbers, -9, -9, -9])
        const short = new Float32Array(numbers.length).fill(-9)
        expect(() => transform.into(make(), createRandom(5), short, 1)).toThrow(
          `found room for ${numbers.length - 1}`,
        )
        expect(short.every((x) => x === -9)).toBe(true)
      })

      test('its spec makes it again, through JSON and through a structured clone', () => {
        const bits = bitsOf(transform(make(), createRandom(6)))
        const specs = [JSON.parse(JSON.stringify(transform.spec)), structuredClone(transform.spec)]
        for (const spec of specs as (typeof transform.spec)[]) {
          const again = transformFromSpec(spec)
          expect(again.spec).toEqual(transform.spec)
          expect(bitsOf(again(make(), createRandom(6)))).toEqual(bits)
        }
      })
    })
  })

  test('every factory is among the cases, and transformFromSpec knows it', () => {
    const seen = new Set(
      Object.values(cases).flatMap(({ spec }) => [
        spec.kind,
        ...((spec['transforms'] ?? []) as { kind: string }[]).map((inner) => inner.kind),
      ]),
    )
    const factories = Object.keys(transforms).filter((name) => name !== 'transformFromSpec')
    expect([...seen].sort()).toEqual(factories.sort())
  })

  test('the bits of a training pipeline are pinned, on every engine', () => {
    const { data } = cases['VGG training']!(picture(14, 18), createRandom(2012)) as Image
    expect([...data.subarray(0, 6)]).toEqual(PINNED)
  })
}

const PINNED = [
  -0.039796650409698486, 0.09391400218009949, 0.12269127368927002, -0.06724762916564941,
  0.06646302342414856, 0.09524029493331909,
]
