import seedrandom from 'seedrandom'
import { RetableError } from './errors.js'

/** One step on the way to a stream: a name or a number. `'1'` and `1` are different steps. */
export type PathPart = string | number

/**
 * A seeded source of random numbers.
 *
 * A stream depends only on its seed and path: `createRandom(7).stream('dropout', 'step', 120)` is the same
 * sequence whenever and wherever it is asked for, whatever has been drawn from other streams, so that any
 * step's mask, crop or shuffle can be recomputed from its name and number, and a checkpoint saves no state.
 */
export interface Random {
  /** What `createRandom` was given. */
  readonly seed: PathPart
  /** The steps from the seed to this stream; empty at the source. */
  readonly path: readonly PathPart[]
  /** The stream at `path` below this one; `r.stream('a').stream('b')` is `r.stream('a', 'b')`. Draws nothing. */
  stream(...path: PathPart[]): Random
  /** A uniform draw from [0, 1), 53 bits. */
  uniform(): number
  /** A draw from the normal distribution (mean 0, standard deviation 1 unless given). */
  normal(mean?: number, std?: number): number
  /** A uniform integer from 0, 1, …, n − 1. Throws unless n is an integer from 1 to 2⁵³ − 1. */
  int(n: number): number
  /** The integers 0 … n − 1 in uniformly random order (Fisher–Yates). Throws unless n is an integer from 0 to 2³² − 1. */
  permutation(n: number): Uint32Array
  /**
   * Fills `out` with uniform draws from [low, high) (default [0, 1)), 24 bits each, and returns it. Other bounds than
   * the default are rounded to float32, so that the largest draw may round up to `high`. Throws for other arrays and bounds
   * that are not finite.
   */
  fillUniform(out: Float32Array, low?: number, high?: number): Float32Array
  /** Fills `out` with normal draws (default mean 0, std 1) and returns it; throws as `fillUniform`. */
  fillNormal(out: Float32Array, mean?: number, std?: number): Float32Array
}

const checkPart = (part: PathPart): PathPart => {
  if (typeof part !== 'string' && !Number.isFinite(part)) {
    throw new RetableError(
      'invalid-argument',
      `a random stream's seed and path are strings or finite numbers, found ${String(part)}`,
    )
  }
  return part
}

const checkFill = (what: string, out: Float32Array, ...numbers: readonly number[]): void => {
  if (!(out instanceof Float32Array) || !numbers.every(Number.isFinite)) {
    throw new RetableError(
      'invalid-argument',
      `random.${what} takes a Float32Array and two finite numbers, found ${[String((out as unknown)?.constructor.name), ...numbers].join(', ')}`,
    )
  }
}

/**
 * The root stream of `seed`. The generator is seedrandom's Alea, keyed with the seed and path written as JSON; the
 * tests check that neighboring seeds and paths give independent streams. Not for secrets.
 *
 * Uniform draws, integers and permutations have the same bits on every JavaScript engine. Normal draws use `Math.log`,
 * whose last bit the language leaves to the engine: they are the same on every Node and Chromium.
 *
 * @throws RetableError `invalid-argument` if the seed is not a string or a finite number.
 * @example
 * const random = createRandom(1)
 * const mask = random.stream('dropout', 'fc6', step).fillUniform(new Float32Array(4096))
 */
export const createRandom = (seed: number | string): Random => makeStream(checkPart(seed), [])

const makeStream = (seed: PathPart, path: readonly PathPart[]): Random => {
  // Keyed on first use: naming a stream costs nothing.
  let generator: seedrandom.PRNG | undefined
  const prng = () => (generator ??= seedrandom.alea(JSON.stringify([seed, ...path])))
  let spare: number | undefined

  const uniform = () => prng().double()

  // Marsaglia's polar method: two draws at a time, the second kept for the next call.
  const standardNormal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s)
        spare = v * scale
        return u * scale
      }
    }
  }

  const int = (n: number): number => {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RetableError(
        'invalid-argument',
        `random.int(n) takes an integer n of at least 1, found ${n}`,
      )
    }
    return Math.floor(uniform() * n)
  }

  return {
    seed,
    path,
    stream: (...more) => makeStream(seed, [...path, ...more.map(checkPart)]),
    uniform,
    normal: (mean = 0, std = 1) => mean + std * standardNormal(),
    int,
    permutation: (n) => {
      if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) {
        throw new RetableError(
          'invalid-argument',
          `random.permutation(n) takes an integer n from 0 to 4294967295, found ${n}`,
        )
      }
      const order = new Uint32Array(n)
      for (let i = 0; i < n; i++) order[i] = i
      for (let i = n - 1; i > 0; i--) {
        const j = int(i + 1)
        const swapped = order[i]!
        order[i] = order[j]!
        order[j] = swapped
      }
      return order
    },
    fillUniform: (out, low = 0, high = 1) => {
      checkFill('fillUniform', out, low, high)
      const next = prng()
      // 24 bits are exact in float32, so that the default never rounds up to 1.
      for (let i = 0; i < out.length; i++) {
        out[i] = low + (high - low) * ((next.int32() >>> 8) / 0x1000000)
      }
      return out
    },
    fillNormal: (out, mean = 0, std = 1) => {
      checkFill('fillNormal', out, mean, std)
      for (let i = 0; i < out.length; i++) out[i] = mean + std * standardNormal()
      return out
    },
  }
}
