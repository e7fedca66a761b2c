import { createRandom } from '@retable/core/host'
import { centerCrop, normalize } from '@retable/transforms'
import { describe, expect, it } from 'vitest'
import numpy from '../fixtures/statistics.json' with { type: 'json' }
import { accumulate } from './accumulate.js'
import { channelStats, channelStatsAccumulator } from './channel-stats.js'
import type { Dataset } from './dataset.js'
import { meanImage, meanImageAccumulator } from './mean-image.js'
import { memoryDataset } from './memory-dataset.js'
import { covariance, totals } from './moments.js'
import { pcaAccumulator, pcaOfPixels } from './pca-of-pixels.js'

type Packed = (typeof numpy.odd.images)[number]

/** A set of the fixture's images; every second is handed out later, as from a file. */
const setOf = (packed: readonly Packed[]): Dataset => ({
  name: 'fixture',
  classes: ['any'],
  length: packed.length,
  fingerprint: '',
  get: (i) => {
    const { data, ...shape } = packed[i]!
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
    const example = { image: { ...shape, data: bytes }, label: 0 }
    return i % 2 === 0 ? example : Promise.resolve(example)
  },
})

const close = (found: readonly number[], expected: readonly number[], digits = 12) => {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits))
}

const twoPixels = memoryDataset({
  name: 'two',
  classes: ['a'],
  store: {
    height: 1,
    width: 2,
    channels: 3,
    // Image 0: (0, 0, 0) and (255, 0, 0); image 1: (255, 255, 0) twice.
    pixels: Uint8Array.of(0, 0, 0, 255, 0, 0, 255, 255, 0, 255, 255, 0),
    labels: Int32Array.of(0, 0),
  },
})

describe('channelStats', () => {
  it('by hand', async () => {
    const stats = await channelStats(twoPixels)
    // Red: 0, 1, 1, 1. Green: 0, 0, 1, 1. Blue: 0.
    close(stats.mean, [3 / 4, 1 / 2, 0])
    close(stats.std, [Math.sqrt(3) / 4, 1 / 2, 0])
    // Red within image 0: 0, 1 with divisor n − 1: √½; within image 1: 0.
    close(stats.perImage.std, [Math.SQRT1_2 / 2, 0, 0])
    close(stats.perImage.mean, [3 / 4, 1 / 2, 0])
    expect(stats).toMatchObject({ images: 2, pixels: 4 })
  })

  it.each(['odd', 'same'] as const)("equals numpy's and PyTorch's (%s sizes)", async (which) => {
    const expected = numpy[which]
    const stats = await channelStats(setOf(expected.images))
    close(stats.mean, expected.mean)
    close(stats.std, expected.std)
    close(stats.perImage.mean, expected.perImageMean)
    close(stats.perImage.std, expected.perImageStd)
  })

  it('refuses floats and changing channels', async () => {
    const transform = normalize({ mean: [0, 0, 0], std: [1, 1, 1] })
    await expect(channelStats(twoPixels, { transform })).rejects.toThrow(
      /takes images of bytes, found float32/,
    )
    const gray = { data: Uint8Array.of(1), height: 1, width: 1, channels: 1 }
    const stats = channelStatsAccumulator()
    stats.add({ data: Uint8Array.of(1, 2, 3), height: 1, width: 1, channels: 3 })
    expect(() => stats.add(gray)).toThrow(/images of 3 channels, found 1/)
    expect(() => channelStatsAccumulator().result()).toThrow(/at least one image/)
  })
})

describe('meanImage', () => {
  it('by hand and as numpy', async () => {
    close([...(await meanImage(twoPixels)).data], [0.5, 0.5, 0, 1, 0.5, 0])
    const mean = await meanImage(setOf(numpy.same.images))
    close([...mean.data], numpy.same.meanImage, 7)
    expect(mean).toMatchObject({ height: 4, width: 5, channels: 3 })
  })

  it('needs one shape, which a transform may give', async () => {
    await expect(meanImage(setOf(numpy.odd.images))).rejects.toMatchObject({
      code: 'invalid-shape',
      message:
        'a mean image needs images of one shape: found 9×4×3 after 5×7×3; resize and crop in the transform',
    })
    const cropped = await meanImage(setOf(numpy.odd.images.slice(0, 3)), {
      transform: centerCrop({ size: 4 }),
    })
    expect(cropped.data).toHaveLength(48)
  })
})

describe('pcaOfPixels', () => {
  it.each(['odd', 'same'] as const)("equals numpy's (%s sizes)", async (which) => {
    const expected = numpy[which]
    const pca = await pcaOfPixels(setOf(expected.images))
    close(pca.covariance.flat(), expected.covariance.flat())
    close(pca.eigenvalues, expected.eigenvalues)
    close(pca.eigenvectors.flat(), expected.eigenvectors.flat(), 10)
    close(pca.mean, expected.mean)
  })

  it('gives unit vectors with C p = λ p, λ falling', async () => {
    const { covariance, eigenvalues, eigenvectors } = await pcaOfPixels(setOf(numpy.odd.images))
    for (const [k, p] of eigenvectors.entries()) {
      expect(p.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12)
      covariance.forEach((row, i) => {
        const product = row.reduce((sum, c, j) => sum + c * p[j]!, 0)
        expect(product).toBeCloseTo(eigenvalues[k]! * p[i]!, 12)
      })
    }
    expect([...eigenvalues].sort((a, b) => b - a)).toEqual([...eigenvalues])
  })

  it('of gray pixels is one direction', async () => {
    const pixels = Uint8Array.from({ length: 60 }, (_, i) => (Math.floor(i / 3) * 37) % 256)
    const labels = Int32Array.of(0)
    const gray = memoryDataset({
      name: 'gray',
      classes: ['a'],
      store: { height: 4, width: 5, channels: 3, pixels, labels },
    })
    const { eigenvalues, eigenvectors } = await pcaOfPixels(gray)
    close(eigenvectors[0], Array<number>(3).fill(1 / Math.sqrt(3)))
    close(eigenvalues.slice(1), [0, 0])
    expect(eigenvalues.every((value) => value >= 0)).toBe(true)
  })

  it('stays exact if sums of squares outgrow 2⁵³', () => {
    // A million million pixels, half 254 and half 255: Σx² is about 2⁵⁶.
    const n = 2n ** 40n
    const sum = (n / 2n) * (254n + 255n)
    const squares = (n / 2n) * (254n ** 2n + 255n ** 2n)
    expect(Number.isSafeInteger(Number(squares))).toBe(false)
    expect(covariance(n, squares, sum, sum)).toBe(0.25)
    expect(covariance(n, squares + 3n, sum, sum)).toBe(0.25 + 3 / 2 ** 40)
    const total = totals(1, false)
    total.add({ pixels: 2 ** 40, sums: [Number(sum)], products: [2 ** 53] })
    for (let i = 0; i < 3; i++) total.add({ pixels: 0, sums: [0], products: [1] })
    expect(total.products[0]).toBe(2n ** 53n + 3n)
  })
})

describe('accumulate', () => {
  it('shows every image once to each accumulator, and draws from the stream of its number', async () => {
    const set = setOf(numpy.same.images)
    const draws: number[] = []
    let done = 0
    const [stats, mean, pca] = await accumulate(
      set,
      [channelStatsAccumulator(), meanImageAccumulator(), pcaAccumulator()],
      {
        random: createRandom(3),
        transform: (image, random) => (draws.push(random.uniform()), image),
        onProgress: (n, of) => void ((done = n), expect(of).toBe(6)),
      },
    )
    close(stats.mean, numpy.same.mean)
    close([...mean.data], numpy.same.meanImage, 7)
    close(pca.eigenvalues, numpy.same.eigenvalues)
    expect(done).toBe(6)
    const expected = Array.from({ length: 6 }, (_, i) =>
      createRandom(3).stream('example', i).uniform(),
    )
    expect(draws).toEqual(expected)
  })

  it('stops when asked to', async () => {
    const stop = new AbortController()
    const seen = channelStats(setOf(numpy.same.images), {
      signal: stop.signal,
      concurrency: 1,
      onProgress: (n) => n === 2 && stop.abort(),
    })
    await expect(seen).rejects.toMatchObject({
      code: 'interrupted',
      message: 'stopped after 2 of 6 images of fixture',
    })
  })
})
