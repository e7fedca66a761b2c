import { createRandom } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import fixture from '../fixtures/torchvision.json' with { type: 'json' }
import {
  compose,
  horizontalFlip,
  normalize,
  pcaColor,
  randomCrop,
  subtractMeanImage,
  subtractMeanRgb,
  toFloat,
} from './index.js'
import type { Image } from './index.js'
import { floatPicture, gray, picture, rowsOf } from './testing/picture.js'
import { unpack } from './testing/unpack.js'

const everyByte: Image = {
  data: Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3)),
  height: 16,
  width: 16,
  channels: 3,
}
const grayMean = (rows: number[][]) => {
  const { data, ...shape } = gray(rows, true)
  return { ...shape, data: data as Float32Array }
}

describe('toFloat and normalize', () => {
  test('every byte becomes what torchvision’s ToTensor and Normalize make of it, to the bit', () => {
    expect([...toFloat()(everyByte).data]).toEqual([...unpack(fixture.normalize.scaled)])
    const { mean, std } = fixture.normalize
    const both = normalize({ mean, std })
    expect([...both(everyByte).data]).toEqual([...unpack(fixture.normalize.bytes)])
    // Floats take another way through the code.
    expect([...both(toFloat()(everyByte)).data]).toEqual([...unpack(fixture.normalize.bytes)])
  })

  test('toFloat({ scale: 255 }) keeps gray levels, and floats as they are', () => {
    expect([...toFloat({ scale: 255 })(everyByte).data]).toEqual([...everyByte.data])
    expect(toFloat({ scale: 255 })(floatPicture(3, 4))).toEqual(floatPicture(3, 4))
  })

  test('what channelStats gives can be handed on whole', () => {
    const stats = { mean: [0.5], std: [0.25], perImage: {}, images: 2, pixels: 8 }
    const { mean, std } = stats
    const bytes: Image = { data: Uint8Array.of(0, 255), height: 1, width: 2, channels: 1 }
    expect(normalize(stats)(bytes)).toEqual(normalize({ mean, std })(bytes))
    expect(subtractMeanRgb(stats)(bytes)).toEqual(subtractMeanRgb({ mean })(bytes))
    expect(normalize(stats).spec).toEqual(normalize({ mean, std }).spec)
  })

  test('errors: values that do not fit', () => {
    expect(() => normalize({ mean: [0, 0, 0], std: [1, 0, 1] })).toThrow('positive std')
    expect(() => normalize({ mean: [0, 0], std: [1] })).toThrow('as many values in std as in mean (2), found 1') // prettier-ignore
    expect(() => normalize({ mean: [NaN], std: [1] })).toThrow('finite number')
    expect(() => normalize({ mean: 0.5 as never, std: [1] })).toThrow('takes mean')
    expect(() => normalize({ mean: [0], std: [1] })(picture(2, 2))).toThrow('1 channels, found an image of 3') // prettier-ignore
    expect(() => toFloat({ scale: 0 })).toThrow('positive finite scale')
    expect(() => normalize(undefined as never)).toThrow('normalize takes its options as an object')
    expect(() => normalize({ mean: [0], std: [1], inplace: true } as never)).toThrow(
      'normalize has no option "inplace"; its options are mean, std, perImage, images, pixels',
    )
  })
})

describe('subtractMeanRgb and subtractMeanImage', () => {
  test('by hand, in gray levels', () => {
    const image: Image = { data: Uint8Array.of(10, 20, 30, 40, 50, 60), height: 1, width: 2, channels: 3 } // prettier-ignore
    const levels = toFloat({ scale: 255 })
    const rgb = compose([levels, subtractMeanRgb({ mean: [1, 2, 3] })])
    expect([...rgb(image).data]).toEqual([9, 18, 27, 39, 48, 57])
    const mean = { ...image, data: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect([...compose([levels, subtractMeanImage({ mean })])(image).data]).toEqual([9, 18, 27, 36, 45, 54]) // prettier-ignore
  })

  test('the mean image moves with crops and flips that come after it', () => {
    const image = gray([[10, 20, 30], [40, 50, 60]], true) // prettier-ignore
    const mean = grayMean([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
    const whole = compose([
      subtractMeanImage({ mean }),
      horizontalFlip(),
      randomCrop({ size: [1, 3] }),
      horizontalFlip(),
      randomCrop({ size: [1, 2] }),
    ])
    const seen = new Set<string>()
    for (let i = 0; i < 50; i++) seen.add(JSON.stringify(rowsOf(whole(image, createRandom(i)))))
    expect([...seen].sort()).toEqual(['[[18,27]]', '[[36,45]]', '[[45,54]]', '[[9,18]]'])
  })

  test('a mean image is copied: changing the array later changes nothing', () => {
    const mean = grayMean([[1]])
    const transform = subtractMeanImage({ mean })
    mean.data[0] = 5
    expect(transform(gray([[3]], true)).data[0]).toBe(2)
  })

  test('errors: a mean that does not fit', () => {
    const mean = grayMean([[1, 2]])
    expect(() => subtractMeanImage({ mean })(gray([[1]]))).toThrow('mean image of 1×2×1, found an image of 1×1×1') // prettier-ignore
    expect(() => subtractMeanImage({ mean: { ...mean, width: 3 } })).toThrow('1×3×1 with as many values, found 2') // prettier-ignore
    expect(() => subtractMeanImage({ mean: { ...mean, data: '*' } })).toThrow('base64')
    expect(() => subtractMeanImage({ mean: { ...mean, data: 'AAAA' } })).toThrow('no multiple of 4')
    expect(() => subtractMeanImage({ mean: grayMean([[1, NaN]]) })).toThrow('finite values')
    expect(() => subtractMeanRgb({ mean: [0] })(picture(2, 2))).toThrow('1 channels')
    expect(() => subtractMeanRgb({ mean: [0], scale: 255 } as never)).toThrow('no option "scale"')
    expect(() => subtractMeanRgb(undefined as never)).toThrow('takes its options as an object')
    expect(() => subtractMeanImage({ mean, scale: 255 } as never)).toThrow('no option "scale"')
    expect(() => subtractMeanImage({} as never)).toThrow('takes a mean image, found undefined')
  })
})

describe('pcaColor', () => {
  const eigenvectors = [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]] // prettier-ignore
  const eigenvalues = [4, 2, 1]

  test('by hand: Σ pᵢ αᵢ λᵢ with the stream’s own draws, one shift for all pixels', () => {
    const random = createRandom(4)
    const [a, b, c] = [random.normal(0, 0.1), random.normal(0, 0.1), random.normal(0, 0.1)]
    const shift = [0.6 * a * 4 - 0.8 * b * 2, 0.8 * a * 4 + 0.6 * b * 2, c]
    const image = { ...floatPicture(3, 4), data: new Float32Array(36) }
    const { data } = pcaColor({ eigenvectors, eigenvalues })(image, createRandom(4))
    data.forEach((x, i) => expect(x).toBeCloseTo(shift[i % 3]!, 6))
  })

  test('takes what pcaOfPixels gives whole: mean and covariance change nothing', () => {
    const whole = { mean: [0.5, 0.4, 0.3], covariance: [[4, 0, 0], [0, 2, 0], [0, 0, 1]] } // prettier-ignore
    const plain = pcaColor({ eigenvectors, eigenvalues })
    expect(pcaColor({ eigenvectors, eigenvalues, ...whole }).spec).toEqual(plain.spec)
  })

  test('the shifts of many images have mean 0 and variance Σ (pᵢ std λᵢ)²', () => {
    const image = { data: new Float32Array(3), height: 1, width: 1, channels: 3 }
    const transform = pcaColor({ eigenvectors, eigenvalues, std: 0.5 })
    const n = 20_000
    const sums = [0, 0, 0]
    const squares = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      transform(image, createRandom(i)).data.forEach((x, c) => {
        sums[c]! += x
        squares[c]! += x * x
      })
    }
    for (const c of [0, 1, 2]) {
      const variance = eigenvalues.reduce((v, l, i) => v + (eigenvectors[i]![c]! * 0.5 * l) ** 2, 0)
      expect(Math.abs(sums[c]! / n)).toBeLessThan(3.3 * Math.sqrt(variance / n))
      expect(Math.abs(squares[c]! / n / variance - 1)).toBeLessThan(3.3 * Math.sqrt(2 / n))
    }
  })

  test('errors: vectors and values that do not fit each other', () => {
    const make = (options: object) => () => pcaColor({ eigenvectors, eigenvalues, ...options })
    expect(make({ eigenvalues: [1, 2] })).toThrow('2 eigenvectors, one an eigenvalue, found 3')
    expect(make({ eigenvalues: [1, 2, -1] })).toThrow('eigenvalues from 0 up')
    expect(make({ eigenvectors: [[1, 0, 0], [0, 1, 0], [0, 1]] })).toThrow('of 3 entries') // prettier-ignore
    expect(make({ std: -1 })).toThrow('std from 0 up')
    expect(make({ sdt: 0 })).toThrow('pcaColor has no option "sdt"; did you mean std?')
    expect(() => pcaColor(undefined as never)).toThrow('pcaColor takes its options as an object')
    expect(() => pcaColor({} as never)).toThrow('pcaColor takes eigenvalues')
    expect(() => make({})()(picture(2, 2, 1), createRandom(1))).toThrow('3 channels, found an image of 1') // prettier-ignore
  })
})
