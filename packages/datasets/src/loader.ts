import { createRandom, RetableError } from '@retable/core'
import type { Random } from '@retable/core'
import type { Dataset } from './dataset.js'
import type { Transform } from './image.js'
import { makeBatch } from './make-batch.js'
import type { Batch, BatchPlan } from './make-batch.js'

/** Options of {@link loader}. */
export interface LoaderOptions {
  /** examples a batch, at least 1; an epoch's last batch may be smaller */
  readonly batchSize: number
  /** whether each epoch has a random order of its own; default false */
  readonly shuffle?: boolean
  /** where order and transforms draw from; default `createRandom(0)`: the same at every run */
  readonly random?: Random
  /** applied to each example; default none: bytes become float32 from 0 to 1 */
  readonly transform?: Transform
  /** batches made ahead of the consumer, where the data set reads asynchronously; default 2 */
  readonly prefetch?: number
  /** whether a last batch that is not full is left out; default false */
  readonly dropLast?: boolean
  /** the epoch that iterating the loader itself gives; default 0 */
  readonly epoch?: number
  /** the batch at which iterating the loader itself starts; default 0 */
  readonly startBatch?: number
}

/** Batches of a data set, epoch by epoch; no hidden state: what a batch holds follows from its epoch and number. */
export interface Loader extends AsyncIterable<Batch> {
  readonly dataset: Dataset
  readonly batchSize: number
  /** batches an epoch */
  readonly length: number
  /** The batches of epoch `e` from `startBatch` (default 0) on. */
  epoch(e: number, options?: { readonly startBatch?: number }): AsyncIterable<Batch>
  /** Batch `b` of epoch `e`, made alone. */
  batch(e: number, b: number): Promise<Batch>
}

const checkCount = (what: string, value: number, least: number): number => {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RetableError(
      'invalid-argument',
      `the loader's ${what} is an integer of at least ${least}, found ${value}`,
    )
  }
  return value
}

/**
 * Iterates a data set in batches: seeded shuffling, transforms, batching, reading ahead.
 *
 * Epoch e's order is `random.stream('epoch', e, 'shuffle').permutation(length)`; example i's transform draws from
 * `random.stream('epoch', e, 'example', i)`, i being its number in the data set. Nothing else is drawn, so any batch can
 * be made again from its number. A batch's arrays belong to whoever received it.
 *
 * Without a transform, or where the transform gives bytes, they are divided by 255.
 *
 * @throws RetableError `invalid-argument` for an option outside its range, here; `invalid-shape` while iterating where
 * the images of a batch differ in shape; what the data set throws, with the example's number.
 * @example
 * const batches = loader(train, { batchSize: 64, shuffle: true, random: createRandom(1) })
 * for (let e = 0; e < 10; e++) {
 *   for await (const { images, labels, shape } of batches.epoch(e)) {
 *     const x = tf.tensor4d(images, shape)
 *   }
 * }
 */
export const loader = (dataset: Dataset, options: LoaderOptions): Loader => {
  const { shuffle = false, random = createRandom(0), transform, dropLast = false } = options
  const batchSize = checkCount('batchSize', options.batchSize, 1)
  const prefetch = checkCount('prefetch', options.prefetch ?? 2, 0)
  const firstEpoch = checkCount('epoch', options.epoch ?? 0, 0)
  const firstBatch = checkCount('startBatch', options.startBatch ?? 0, 0)
  const length = dropLast
    ? Math.floor(dataset.length / batchSize)
    : Math.ceil(dataset.length / batchSize)
  if (length === 0) {
    throw new RetableError(
      'invalid-argument',
      `${dataset.name} has ${dataset.length} examples, too few for one full batch of ${batchSize}; use a smaller batchSize or dropLast: false`,
    )
  }
  const recipe = { dataset, transform, random }

  let ordered: { readonly epoch: number; readonly order: Uint32Array } | undefined
  const orderOf = (e: number): Uint32Array => {
    if (ordered?.epoch !== e) {
      const order = shuffle
        ? random.stream('epoch', e, 'shuffle').permutation(dataset.length)
        : Uint32Array.from({ length: dataset.length }, (_, i) => i)
      ordered = { epoch: e, order }
    }
    return ordered.order
  }
  const plan = (e: number, b: number): BatchPlan => {
    const indices = orderOf(e).slice(b * batchSize, (b + 1) * batchSize)
    return { epoch: e, index: b, indices }
  }

  async function* iterate(e: number, start: number): AsyncGenerator<Batch> {
    const ahead: Promise<Batch>[] = []
    let next = start
    while (next < length || ahead.length > 0) {
      const batch = ahead.shift() ?? makeBatch(recipe, plan(e, next++))
      if (batch instanceof Promise) {
        while (next < length && ahead.length < prefetch) {
          const later = Promise.resolve(makeBatch(recipe, plan(e, next++)))
          // Its failure is the consumer's when its turn comes, not an unhandled rejection before.
          later.catch(() => undefined)
          ahead.push(later)
        }
      }
      yield await batch
    }
  }

  const epoch = (e: number, { startBatch = 0 }: { readonly startBatch?: number } = {}) => {
    checkCount('epoch', e, 0)
    checkCount('startBatch', startBatch, 0)
    return { [Symbol.asyncIterator]: () => iterate(e, startBatch) }
  }
  return {
    dataset,
    batchSize,
    length,
    epoch,
    batch: async (e, b) => {
      checkCount('epoch', e, 0)
      if (checkCount('batch', b, 0) >= length) {
        throw new RetableError(
          'invalid-argument',
          `an epoch has batches 0 to ${length - 1}, found batch ${b}`,
        )
      }
      return makeBatch(recipe, plan(e, b))
    },
    [Symbol.asyncIterator]: () =>
      epoch(firstEpoch, { startBatch: firstBatch })[Symbol.asyncIterator](),
  }
}
