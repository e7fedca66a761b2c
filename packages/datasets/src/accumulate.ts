import { createRandom, RetableError } from '@retable/core'
import type { Random } from '@retable/core'
import type { Dataset } from './dataset.js'
import type { Image, Transform } from './image.js'

/** A statistic made in one pass: shown each image once, in any order, then asked for its result. */
export interface Accumulator<Result> {
  add(image: Image): void
  result(): Result
}

/** Options of {@link accumulate} and the statistics built on it. */
export interface AccumulateOptions {
  /** applied to each image first (a resize and centre crop, say); default none */
  readonly transform?: Transform
  /** where that transform draws from: `stream('example', i)`; default `createRandom(0)` */
  readonly random?: Random
  /** images read at a time, where the data set reads asynchronously; default 16 */
  readonly concurrency?: number
  /** called after every image */
  readonly onProgress?: (done: number, of: number) => void
  readonly signal?: AbortSignal
}

/**
 * Shows every image of a data set to several accumulators in one pass, and gives their results in the same order.
 * Memory does not grow with the set.
 *
 * @throws RetableError what the data set throws; `interrupted` where `signal` aborts.
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
  let next = 0
  let done = 0
  const show = (i: number, image: Image): void => {
    const made = transform === undefined ? image : transform(image, random.stream('example', i))
    for (const view of Array.isArray(made) ? (made as readonly Image[]) : [made as Image]) {
      for (const accumulator of accumulators) accumulator.add(view)
    }
    onProgress?.(++done, dataset.length)
  }
  const read = async (): Promise<void> => {
    while (next < dataset.length) {
      if (signal?.aborted === true) {
        throw new RetableError(
          'interrupted',
          `stopped after ${done} of ${dataset.length} images of ${dataset.name}`,
          { cause: signal.reason },
        )
      }
      const i = next++
      const example = dataset.get(i)
      // No `await` for what is there already: it would cost more than the sums.
      show(i, 'then' in example ? (await example).image : example.image)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, read))
  return accumulators.map((accumulator) => accumulator.result()) as unknown as Results
}
