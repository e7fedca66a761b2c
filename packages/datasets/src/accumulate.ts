import { createRandom, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import type { Dataset, Example } from './dataset.js'
import type { Image } from '@retable/transforms'
import type { LoaderTransform } from './make-batch.js'

/** A statistic made in one pass: shown each image once, then asked for its result. */
export interface Accumulator<Result> {
  /** Takes one image into account. */
  add(image: Image): void
  /** The statistic of the images so far. */
  result(): Result
}

/** Options of {@link accumulate} and the statistics built on it. */
export interface AccumulateOptions {
  /** applied to each image first (a resize and center crop, say); default none */
  readonly transform?: LoaderTransform
  /** where that transform draws from: `stream('example', i)`; default `createRandom(0)` */
  readonly random?: Random
  /** images read ahead, if the data set reads asynchronously; default 16 */
  readonly concurrency?: number
  /** called after every image */
  readonly onProgress?: (done: number, of: number) => void
  /** stops between images, with RetableError `interrupted` */
  readonly signal?: AbortSignal
}

/**
 * Shows every image of a data set, in order, to several accumulators in one pass, and gives their results in the same
 * order. Memory does not grow with the set, and the results do not depend on which image was read first.
 *
 * @throws RetableError what the data set throws; `interrupted` if `signal` aborts.
 * @example
 * const [stats, mean, pca] = await accumulate(train, [
 *   channelStatsAccumulator(), meanImageAccumulator(), pcaAccumulator(),
 * ])
 */
export const accumulate = async <Results extends readonly unknown[]>(
  dataset: Dataset,
  accumulators: { readonly [K in keyof Results]: Accumulator<Results[K]> },
  options: AccumulateOptions = {},
): Promise<Results> => {
  const { transform, random = createRandom(0), concurrency = 16, onProgress, signal } = options
  const show = (i: number, image: Image): void => {
    const made = transform === undefined ? image : transform(image, random.stream('example', i))
    for (const view of Array.isArray(made) ? (made as readonly Image[]) : [made as Image]) {
      for (const accumulator of accumulators) accumulator.add(view)
    }
    onProgress?.(i + 1, dataset.length)
  }
  const ahead: (Example | Promise<Example>)[] = []
  let next = 0
  for (let i = 0; i < dataset.length; i++) {
    if (signal?.aborted === true) {
      throw new RetableError(
        'interrupted',
        `stopped after ${i} of ${dataset.length} images of ${dataset.name}`,
        { cause: signal.reason },
      )
    }
    let example = ahead.shift() ?? dataset.get(next++)
    // No `await` for what is there already: it would cost more than the sums.
    if (example instanceof Promise) {
      while (next < dataset.length && ahead.length < concurrency) {
        const later = dataset.get(next++)
        // Its failure is reported when its turn comes, not as an unhandled rejection before.
        if (later instanceof Promise) later.catch(() => undefined)
        ahead.push(later)
      }
      example = await example
    }
    show(i, example.image)
  }
  return accumulators.map((accumulator) => accumulator.result()) as unknown as Results
}
