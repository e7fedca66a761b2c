import { describe, expect, test } from 'vitest'
import { createRandom } from './random.js'
import type { Random } from './random.js'

const moments = (values: ArrayLike<number>) => {
  let mean = 0
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length
  let variance = 0
  let third = 0
  let fourth = 0
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean
    variance += (d * d) / values.length
    third += d ** 3 / values.length
    fourth += d ** 4 / values.length
  }
  return { mean, variance, skewness: third / variance ** 1.5, kurtosis: fourth / variance ** 2 }
}

/** Σ (found − expected)² / expected, as standard deviations from its mean: χ² has mean df and variance 2·df. */
const chiSquareScore = (counts: ArrayLike<number>): number => {
  let total = 0
  for (let i = 0; i < counts.length; i++) total += counts[i]!
  const expected = total / counts.length
  let chi = 0
  for (let i = 0; i < counts.length; i++) chi += (counts[i]! - expected) ** 2 / expected
  const degrees = counts.length - 1
  return (chi - degrees) / Math.sqrt(2 * degrees)
}

const draws = (n: number, draw: () => number) => Float64Array.from({ length: n }, draw)

const binned = (values: ArrayLike<number>, bins: number): Uint32Array => {
  const counts = new Uint32Array(bins)
  for (let i = 0; i < values.length; i++) counts[Math.floor(values[i]! * bins)]!++
  return counts
}

/** The correlation of two uniform sequences with known moments, as a standard score. */
const correlationScore = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5)
  return (sum / a.length) * 12 * Math.sqrt(a.length)
}

const N = 200_000

// The draws are fixed by their seeds: a bound of 4 standard deviations never fails by chance, only by a change.
describe('distributions', () => {
  test('uniform: mean 1/2, variance 1/12, flat over 1,000 bins, successive draws independent', () => {
    const random = createRandom('uniform')
    const values = draws(N, () => random.uniform())
    const { mean, variance } = moments(values)
    expect(Math.abs(mean - 0.5) * Math.sqrt(12 * N)).toBeLessThan(4)
    // The variance of (u − ½)² is 1/80 − 1/144 = 1/180.
    expect(Math.abs(variance - 1 / 12) * Math.sqrt(180 * N)).toBeLessThan(4)
    expect(Math.abs(chiSquareScore(binned(values, 1000)))).toBeLessThan(4)
    expect(Math.abs(correlationScore(values.subarray(1), values.subarray(0, -1)))).toBeLessThan(4)
    expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThanOrEqual(0)
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true)
  })

  test('uniform has 53 bits: the low ones are flat too', () => {
    const random = createRandom('bits')
    const low = draws(N, () => (random.uniform() * 2 ** 45) % 1)
    expect(new Set(low).size).toBeGreaterThan(200) // 8 bits below 2⁻⁴⁵
    expect(Math.abs(chiSquareScore(binned(low, 256)))).toBeLessThan(4)
  })

  test('normal: mean, variance, skewness 0, kurtosis 3, and the right share within 1, 2 and 3 deviations', () => {
    const random = createRandom('normal')
    const values = draws(N, () => random.normal())
    const { mean, variance, skewness, kurtosis } = moments(values)
    expect(Math.abs(mean) * Math.sqrt(N)).toBeLessThan(4)
    expect(Math.abs(variance - 1) * Math.sqrt(N / 2)).toBeLessThan(4)
    expect(Math.abs(skewness) * Math.sqrt(N / 6)).toBeLessThan(4)
    expect(Math.abs(kurtosis - 3) * Math.sqrt(N / 24)).toBeLessThan(4)
    for (const [within, share] of [
      [1, 0.6826894921],
      [2, 0.9544997361],
      [3, 0.9973002039],
    ] as const) {
      const found = values.filter((v) => Math.abs(v) < within).length / N
      expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / N))
    }
    // The two draws of one polar pair are independent.
    const pairs = {
      a: values.filter((_, i) => i % 2 === 0),
      b: values.filter((_, i) => i % 2 === 1),
    }
    const covariance = pairs.a.reduce((sum, a, i) => sum + a * pairs.b[i]!, 0) / pairs.a.length
    expect(Math.abs(covariance) * Math.sqrt(N / 2)).toBeLessThan(4)
  })

  test('normal(mean, std) shifts and scales', () => {
    const random = createRandom('shifted')
    const { mean, variance } = moments(draws(N, () => random.normal(5, 0.1)))
    expect(Math.abs(mean - 5)).toBeLessThan((4 * 0.1) / Math.sqrt(N))
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(4 * Math.sqrt(2 / N))
  })

  test.each([1, 2, 6, 10, 1000])('int(%i) is flat over 0 … n − 1', (n) => {
    const random = createRandom('int')
    const counts = new Uint32Array(n)
    for (let i = 0; i < N; i++) counts[random.int(n)]!++
    expect(counts.reduce((a, b) => a + b)).toBe(N)
    if (n > 1) expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4)
  })

  test('int takes the largest safe integer', () => {
    const random = createRandom('large')
    const values = draws(10_000, () => random.int(Number.MAX_SAFE_INTEGER))
    expect(values.every((v) => Number.isSafeInteger(v) && v < Number.MAX_SAFE_INTEGER)).toBe(true)
    const { mean } = moments(values.map((v) => v / Number.MAX_SAFE_INTEGER))
    expect(Math.abs(mean - 0.5) * Math.sqrt(12 * 10_000)).toBeLessThan(4)
  })

  test('permutation: all 24 orders of four are equally frequent', () => {
    const random = createRandom('orders')
    const counts = new Map<string, number>()
    for (let i = 0; i < 48_000; i++) {
      const order = random.permutation(4).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    expect(Math.abs(chiSquareScore([...counts.values()]))).toBeLessThan(4)
  })

  test('permutation: every value once, every place equally likely', () => {
    const random = createRandom('places')
    const places = new Uint32Array(50)
    for (let i = 0; i < 20_000; i++) places[random.permutation(50).indexOf(7)]!++
    expect(Math.abs(chiSquareScore(places))).toBeLessThan(4)
    expect([...random.permutation(1000)].sort((a, b) => a - b)).toEqual([...Array(1000).keys()])
    expect(random.permutation(0)).toHaveLength(0)
    expect([...random.permutation(1)]).toEqual([0])
  })

  test('fillUniform: flat, within its bounds, never 1', () => {
    const values = createRandom('fill').fillUniform(new Float32Array(N))
    expect(Math.abs(chiSquareScore(binned(values, 1000)))).toBeLessThan(4)
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true)
    const wide = createRandom('fill').fillUniform(new Float32Array(N), -3, 5)
    const { mean, variance } = moments(wide)
    expect(Math.abs(mean - 1)).toBeLessThan(4 * 8 * Math.sqrt(1 / (12 * N)))
    expect(Math.abs(variance / (64 / 12) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / N))
    expect(wide.every((v) => v >= -3 && v <= 5)).toBe(true)
  })

  test('fillNormal: mean and variance', () => {
    const { mean, variance } = moments(
      createRandom('fill').fillNormal(new Float32Array(N), -2, 0.01),
    )
    expect(Math.abs(mean + 2)).toBeLessThan((4 * 0.01) / Math.sqrt(N))
    expect(Math.abs(variance / 1e-4 - 1)).toBeLessThan(4 * Math.sqrt(2 / N) + 1e-3) // float32 steps near −2
  })
})

describe('independence of streams', () => {
  const M = 10_000
  const families: readonly [string, (i: number) => Random][] = [
    ['siblings by number', (i) => createRandom(1).stream('step', i)],
    ['siblings by name', (i) => createRandom(1).stream(`image-${i}`)],
    ['seeds', (i) => createRandom(i)],
    ['seeds above the same path', (i) => createRandom(i).stream('dropout', 'fc6')],
    ['grids', (i) => createRandom(1).stream('epoch', Math.floor(i / 100), 'batch', i % 100)],
  ]

  test.each(families)('%s: the first, second and third draws of 10,000 streams', (_, stream) => {
    const streams = Array.from({ length: M }, (_unused, i) => stream(i))
    for (let nth = 0; nth < 3; nth++) {
      const values = Float64Array.from(streams, (each) => each.uniform())
      const { mean, variance } = moments(values)
      expect(Math.abs(mean - 0.5) * Math.sqrt(12 * M)).toBeLessThan(4)
      expect(Math.abs(variance - 1 / 12) * Math.sqrt(180 * M)).toBeLessThan(4)
      expect(Math.abs(chiSquareScore(binned(values, 100)))).toBeLessThan(4)
      expect(new Set(values).size).toBe(M)
      for (const lag of [1, 2, 10, 100]) {
        const score = correlationScore(values.subarray(lag), values.subarray(0, -lag))
        expect(Math.abs(score)).toBeLessThan(4)
      }
      // Neighbours in the plane: 20 × 20 cells.
      const cells = new Uint32Array(400)
      for (let i = 0; i + 1 < M; i += 2) {
        cells[Math.floor(values[i]! * 20) * 20 + Math.floor(values[i + 1]! * 20)]!++
      }
      expect(Math.abs(chiSquareScore(cells))).toBeLessThan(4)
    }
  })

  test('neighboring streams do not follow one another', () => {
    const scores = Array.from({ length: 300 }, (_, i) => {
      const a = createRandom(3).stream(i).fillUniform(new Float32Array(2000))
      const b = createRandom(3)
        .stream(i + 1)
        .fillUniform(new Float32Array(2000))
      return correlationScore(a, b)
    })
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4.5)
    expect(Math.abs(moments(scores).variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 300))
  })

  test('a stream does not run into its parent or its child', () => {
    const parent = createRandom(5).stream('a')
    const family = [parent, parent.stream('b'), createRandom(5)].map((each) =>
      each.fillUniform(new Float32Array(10_000)),
    )
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(Math.abs(correlationScore(family[a]!, family[b]!))).toBeLessThan(4)
    }
  })
})

describe('paths', () => {
  const first = (random: Random) => random.uniform()

  test('the path is all that counts, not the way to it', () => {
    const root = createRandom(7)
    expect(first(root.stream('a').stream('b', 3))).toBe(first(root.stream('a', 'b', 3)))
    expect(first(root.stream())).toBe(first(createRandom(7)))
    expect(root.stream('a').stream('b', 3).path).toEqual(['a', 'b', 3])
    expect(root.stream('a').seed).toBe(7)
  })

  test('naming a stream and drawing from others change nothing', () => {
    const alone = createRandom(7).stream('a').fillUniform(new Float32Array(5))
    const root = createRandom(7)
    const stream = root.stream('a')
    root.uniform()
    root.stream('b').permutation(100)
    stream.stream('c').normal()
    expect(stream.fillUniform(new Float32Array(5))).toEqual(alone)
  })

  test('asking again begins the stream again', () => {
    const root = createRandom(7)
    const once = root.stream('a').uniform()
    expect(root.stream('a').uniform()).toBe(once)
    const held = root.stream('a')
    expect(held.uniform()).toBe(once)
    expect(held.uniform()).not.toBe(once)
  })

  test('different paths are different streams, whatever their characters', () => {
    const root = createRandom(1)
    const streams = [
      root,
      root.stream(1),
      root.stream('1'),
      root.stream('a', 'b'),
      root.stream('a,b'),
      root.stream('a/b'),
      root.stream('a","b'),
      root.stream('ab'),
      root.stream('b', 'a'),
      root.stream(''),
      root.stream('', ''),
      root.stream(1, 23),
      root.stream(12, 3),
      root.stream(1.5),
      root.stream(-1),
      root.stream('é'),
      root.stream('\u0065\u0301'),
      createRandom('1'),
      createRandom(2),
    ]
    expect(new Set(streams.map(first)).size).toBe(streams.length)
  })
})

test('known answers: these values never change', () => {
  const at = (...path: (string | number)[]) => createRandom(42).stream(...path)
  const [uniform, normal, int] = [at('uniform'), at('normal'), at('int')]
  expect([uniform.uniform(), uniform.uniform(), uniform.uniform()]).toEqual([
    0.7947960700574317, 0.801324881719616, 0.12882930584589114,
  ])
  // Math.log's last bit is left to the engine.
  for (const expected of [-1.4208028739819267, -0.20152189254782768, 0.6237397649111812]) {
    expect(normal.normal()).toBeCloseTo(expected, 14)
  }
  expect(Array.from({ length: 6 }, () => int.int(100))).toEqual([70, 7, 95, 24, 16, 67])
  expect([...at('permutation').permutation(8)]).toEqual([6, 3, 0, 4, 1, 2, 7, 5])
  expect([...at('fillUniform').fillUniform(new Float32Array(3))]).toEqual([
    0.8294001221656799, 0.8225108981132507, 0.3602132201194763,
  ])
  expect([...at('fillNormal', 7).fillNormal(new Float32Array(3))]).toEqual([
    0.07468283176422119, 0.2985634207725525, -0.7279253602027893,
  ])
  expect(createRandom('a seed of words').uniform()).toBe(0.9697200896011301)
})

describe('errors', () => {
  test.each([NaN, Infinity, -Infinity, undefined, null, {}] as number[])('a seed of %s', (seed) => {
    expect(() => createRandom(seed)).toThrow(/strings or finite numbers, found/)
    expect(() => createRandom(1).stream('a', seed)).toThrow(/strings or finite numbers, found/)
  })

  test.each([0, -1, 1.5, NaN, Infinity, 2 ** 53])('int(%s)', (n) => {
    expect(() => createRandom(1).int(n)).toThrow(`an integer n of at least 1, found ${n}`)
  })

  test.each([-1, 1.5, NaN, 2 ** 32])('permutation(%s)', (n) => {
    expect(() => createRandom(1).permutation(n)).toThrow(
      `an integer n from 0 to 4294967295, found ${n}`,
    )
  })
})
