import type { PathPart, Random } from '@retable/core'

/** Numbers that a layer draws on the host in each step. */
export interface Draw {
  /** the layer's stream, below that of the step */
  readonly path: readonly PathPart[]
  readonly make: (stream: Random) => Float32Array
  readonly shape: readonly number[]
}

const watched = new WeakMap<Random, Random>()

/** A stream that draws as another does, and calls `onDraw` before each draw from it or from streams below it. */
export const watchedRandom = (random: Random, onDraw: () => void): Random => {
  const drawing =
    <A extends readonly unknown[], R>(draw: (...args: A) => R): ((...args: A) => R) =>
    (...args) => {
      onDraw()
      return draw(...args)
    }
  const same: Random = {
    seed: random.seed,
    path: random.path,
    stream: (...path) => watchedRandom(random.stream(...path), onDraw),
    uniform: drawing(() => random.uniform()),
    normal: drawing((mean?: number, std?: number) => random.normal(mean, std)),
    int: drawing((n: number) => random.int(n)),
    permutation: drawing((n: number) => random.permutation(n)),
    fillUniform: drawing((out: Float32Array, low?: number, high?: number) =>
      random.fillUniform(out, low, high),
    ),
    fillNormal: drawing((out: Float32Array, mean?: number, std?: number) =>
      random.fillNormal(out, mean, std),
    ),
  }
  watched.set(same, random)
  return same
}

/** The stream that a watched one draws from. */
export const unwatched = (random: Random): Random => watched.get(random) ?? random

/** The path of a stream below another. */
export const pathBelow = (stream: Random, base: Random): readonly PathPart[] =>
  stream.path.slice(base.path.length)
