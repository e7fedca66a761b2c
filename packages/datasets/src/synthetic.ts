import { RetableError, checkOptions, createRandom, sha256Hex } from '@retable/core/host'
import { checkIndex } from './check-index.js'
import type { Dataset } from './dataset.js'
import { drawSynthetic } from './synthetic-draw.js'
import { className, classPairs } from './synthetic-shapes.js'

/** Options of {@link synthetic}. */
export interface SyntheticOptions {
  /** everything that is drawn depends on it and the options only */
  readonly seed: number | string
  /** number of classes, 2 to 40; default 10 */
  readonly classes?: number
  /** height and width in pixels, at least 8; default 32 */
  readonly size?: number
  /** which images: different splits never share one; any name; default `'train'` */
  readonly split?: string
  /** number of images; default 10,000 for `'train'`, 2,000 otherwise */
  readonly length?: number
  /** 0 (clean, large contrast) to 1 (noise, clutter, little contrast); default 0.5 */
  readonly difficulty?: number
}

/** Part of the fingerprint: raised whenever the same options draw other images. */
const VERSION = 1

const check = (ok: boolean, what: string, found: unknown): void => {
  if (!ok) {
    throw new RetableError('invalid-argument', `synthetic takes ${what}, found ${String(found)}`)
  }
}

/**
 * A seeded set of color images to learn on without a download: one shape per picture (disc, square, triangle, star, ring,
 * …), plain or textured, of any position, size, turn and colors, over a smooth background with clutter and noise.
 * The class is shape × texture; colors carry nothing. Classes are balanced: every run of `classes` images starting at
 * a multiple of `classes` holds each class once.
 *
 * Image i depends only on seed, split, i and the options except `length`: a shorter set is the start of a longer
 * one. Bytes, `size`×`size`×3, HWC; the same on every engine. Draws from
 * `createRandom(seed).stream('synthetic', split, …)`.
 *
 * @throws RetableError `invalid-argument` for an option outside its range.
 * @example
 * const train = synthetic({ seed: 1, length: 5000 })
 * const test = synthetic({ seed: 1, split: 'test', length: 1000 })
 */
export const synthetic = (options: SyntheticOptions): Dataset => {
  checkOptions('synthetic', options, {
    seed: true,
    classes: true,
    size: true,
    split: true,
    length: true,
    difficulty: true,
  })
  const { seed, classes = 10, size = 32, split = 'train', difficulty = 0.5 } = options
  const { length = split === 'train' ? 10_000 : 2_000 } = options
  const most = classPairs.length
  check(
    Number.isInteger(classes) && classes >= 2 && classes <= most,
    `2 to ${most} classes`,
    classes,
  )
  check(Number.isInteger(size) && size >= 8, 'a size of at least 8 pixels', size)
  check(Number.isInteger(length) && length >= 1, 'a length of at least 1', length)
  check(difficulty >= 0 && difficulty <= 1, 'a difficulty from 0 to 1', difficulty)
  const random = createRandom(seed).stream('synthetic', split)
  const spec = { kind: 'synthetic', seed, classes, size, split, length, difficulty }
  const canvas = new Float32Array(3 * size * size)
  const labelAt = (i: number): number => {
    checkIndex(`synthetic-${split}`, length, i)
    const block = random.stream('block', Math.floor(i / classes)).permutation(classes)
    return block[i % classes]!
  }
  return {
    name: `synthetic-${split}`,
    classes: Array.from({ length: classes }, (_, k) => className(k)),
    length,
    fingerprint: sha256Hex(
      JSON.stringify([VERSION, seed, classes, size, split, length, difficulty]),
    ),
    spec,
    labelAt,
    get: (i) => {
      const label = labelAt(i)
      const data = drawSynthetic(label, size, difficulty, random.stream('image', i), canvas)
      return { image: { data, height: size, width: size, channels: 3 }, label }
    },
  }
}
