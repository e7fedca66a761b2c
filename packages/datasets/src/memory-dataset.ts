import { RetableError, sha256Hex } from '@retable/core/host'
import { checkIndex } from './check-index.js'
import type { Dataset, DatasetSpec, PixelStore } from './dataset.js'

/** What {@link memoryDataset} is made of. */
export interface MemoryDatasetOptions {
  /** what errors and reports call the set */
  readonly name: string
  /** names of the classes; a label is an index into them */
  readonly classes: readonly string[]
  /** the pixels and labels */
  readonly store: PixelStore
  /** SHA-256 of the content; computed from shape, pixels and labels when first asked for unless given */
  readonly fingerprint?: string | (() => string)
  /** how another thread opens the set again; default: the pixels are shared */
  readonly spec?: DatasetSpec
}

/**
 * A data set of pixels that lie in memory; `get(i)` hands out a view, not a copy.
 *
 * @throws RetableError `invalid-argument` if the pixels' or labels' number does not fit the shape, or a label is
 * none of the classes.
 * @example
 * const set = memoryDataset({
 *   name: 'two-dots',
 *   classes: ['dark', 'light'],
 *   store: {
 *     height: 1, width: 1, channels: 3,
 *     pixels: Uint8Array.of(0, 0, 0, 255, 255, 255),
 *     labels: Int32Array.of(0, 1),
 *   },
 * })
 * set.get(1) // { image: { data: Uint8Array [255, 255, 255], … }, label: 1 }
 */
export const memoryDataset = ({
  name,
  classes,
  store,
  fingerprint,
  spec,
}: MemoryDatasetOptions): Dataset => {
  const { height, width, channels, pixels, labels } = store
  const size = height * width * channels
  const length = labels.length
  if (pixels.length !== length * size) {
    throw new RetableError(
      'invalid-argument',
      `${name}: ${length} labels with images of ${height}×${width}×${channels} need ${length * size} pixel bytes, found ${pixels.length}`,
    )
  }
  for (let i = 0; i < length; i++) {
    const label = labels[i]!
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new RetableError(
        'invalid-argument',
        `${name}: example ${i} has label ${label}, expected 0 to ${classes.length - 1}`,
      )
    }
  }
  let known = typeof fingerprint === 'string' ? fingerprint : undefined
  return {
    name,
    classes,
    length,
    store,
    ...(spec === undefined ? {} : { spec }),
    get fingerprint() {
      known ??=
        typeof fingerprint === 'function'
          ? fingerprint()
          : sha256Hex(JSON.stringify([classes, height, width, channels, [...labels]]), pixels)
      return known
    },
    labelAt: (i) => labels[checkIndex(name, length, i)]!,
    get: (i) => {
      const start = checkIndex(name, length, i) * size
      return {
        image: { data: pixels.subarray(start, start + size), height, width, channels },
        label: labels[i]!,
      }
    },
  }
}
