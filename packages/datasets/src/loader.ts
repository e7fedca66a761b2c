import { checkOptions, checkRandom, createRandom, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import type { Dataset } from './dataset.js'
import { describeForWorkers, rootOf } from './loader-worker-source.js'
// Node's worker threads, or what browsers get instead: package.json's `imports` decides.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startWorkers } from '#loader-workers'
import { makeBatch } from './make-batch.js'
import type { WorkerPool } from './loader-workers.js'
import type { Batch, BatchPlan, LoaderTransform } from './make-batch.js'

/** Options of {@link loader}. */
export interface LoaderOptions {
  /** examples per batch, at least 1; an epoch's last batch may be smaller */
  readonly batchSize: number
  /** whether each epoch has a random order of its own; default false */
  readonly shuffle?: boolean
  /** where order and transforms draw from; default `createRandom(0)`: the same at every run */
  readonly random?: Random
  /** applied to each example: a transform of `@retable/transforms` or a function of your own; default none */
  readonly transform?: LoaderTransform
  /**
   * batches made ahead of the consumer; default 2, with worker threads 2 for each. Without them only sets that read
   * asynchronously gain by it: others are made when asked for
   */
  readonly prefetch?: number
  /** worker threads (Node only); default 0: batches are made on the caller's thread */
  readonly workers?: number
  /** whether a last batch that is not full is left out; default false */
  readonly dropLast?: boolean
  /** the epoch that iterating the loader itself gives; default 0 */
  readonly epoch?: number
  /** the batch at which iterating the loader itself starts; default 0 */
  readonly startBatch?: number
}

/** Batches of a data set, epoch by epoch; no hidden state: what a batch holds follows from its epoch and number. */
export interface Loader extends AsyncIterable<Batch> {
  /** The set whose examples the batches hold. */
  readonly dataset: Dataset
  /** Images per batch; the last one of an epoch may have fewer. */
  readonly batchSize: number
  /** batches per epoch */
  readonly length: number
  /** The batches of epoch `e` from `startBatch` (default 0) on. */
  epoch(e: number, options?: { readonly startBatch?: number }): AsyncIterable<Batch>
  /** Batch `b` of epoch `e`, made by itself, on the caller's thread. */
  batch(e: number, b: number): Promise<Batch>
  /**
   * Gives a batch's `images` back to be filled again, which saves allocating. Only for arrays that nobody reads any
   * more: some tfjs backends keep the array that a tensor was made of.
   */
  release(batch: Batch): void
  /** Ends the worker threads, if there are any; the next epoch starts new ones. */
  close(): void
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
 * be recomputed from its number, and worker threads give the same bytes. A batch's arrays belong to its receiver.
 *
 * Worker threads take the data set's pixels from shared memory, or open it again by its `spec`, and make the transform
 * again from its `spec`. They start with the first batch, end when an iteration ends early or fails, or after ten
 * seconds without work, and keep no process alive while idle.
 *
 * Without a transform, or if the transform gives bytes, they are divided by 255.
 *
 * @throws RetableError `invalid-argument` for an option outside its range, here; `invalid-shape` while iterating if
 * the images of a batch differ in shape, `unavailable` if a worker thread dies, `mismatch` if it finds another set by the same spec; what the data
 * set throws, with the example's number.
 * @example
 * const batches = loader(train, { batchSize: 64, shuffle: true, random: createRandom(1) })
 * for (let e = 0; e < 10; e++) {
 *   for await (const { images, labels, shape } of batches.epoch(e)) {
 *     const x = tf.tensor4d(images, shape)
 *   }
 * }
 */
export const loader = (dataset: Dataset, options: LoaderOptions): Loader => {
  checkOptions('loader', options, {
    batchSize: true,
    shuffle: true,
    random: true,
    transform: true,
    prefetch: true,
    workers: true,
    dropLast: true,
    epoch: true,
    startBatch: true,
  })
  const { shuffle = false, random = createRandom(0), transform, dropLast = false } = options
  checkRandom('loader', random)
  const batchSize = checkCount('batchSize', options.batchSize, 1)
  const workers = checkCount('workers', options.workers ?? 0, 0)
  const prefetch = checkCount('prefetch', options.prefetch ?? 2 * Math.max(1, workers), 0)
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
  const rooted = rootOf(dataset)
  const setup =
    workers === 0
      ? undefined
      : {
          ...describeForWorkers(rooted.root, transform),
          random: { seed: random.seed, path: random.path },
        }

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

  const spares: Float32Array[] = []
  let pool: WorkerPool | undefined
  let iterating = 0

  const make = (e: number, b: number): Batch | Promise<Batch> => {
    if (setup === undefined) return makeBatch(recipe, plan(e, b), spares.pop())
    if (pool === undefined || pool.closed) pool = startWorkers(Math.min(workers, length), setup)
    const { at } = rooted
    const { indices, ...rest } = plan(e, b)
    const sources = at === undefined ? indices : indices.map((i) => at[i]!)
    return pool.make({ ...rest, indices, sources }, spares.pop())
  }

  async function* iterate(e: number, start: number): AsyncGenerator<Batch> {
    const ahead: Promise<Batch>[] = []
    let next = start
    let whole = false
    iterating++
    try {
      while (next < length || ahead.length > 0) {
        const batch = ahead.shift() ?? make(e, next++)
        if (batch instanceof Promise) {
          while (next < length && ahead.length < prefetch) {
            const later = Promise.resolve(make(e, next++))
            // Its failure is the consumer's when its turn comes, not an unhandled rejection before.
            later.catch(() => undefined)
            ahead.push(later)
          }
        }
        yield await batch
      }
      whole = true
    } finally {
      iterating--
      if (!whole && iterating === 0) pool?.close()
    }
  }

  const epoch = (e: number, { startBatch = 0 }: { readonly startBatch?: number } = {}) => {
    checkCount('epoch', e, 0)
    if (checkCount('startBatch', startBatch, 0) > length) {
      throw new RetableError(
        'invalid-argument',
        `an epoch has ${length} batches, found startBatch ${startBatch}`,
      )
    }
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
    release: ({ images }) => {
      // A transferred array has no length left.
      if (images.length > 0 && spares.length <= prefetch) spares.push(images)
    },
    close: () => pool?.close(),
    [Symbol.asyncIterator]: () =>
      epoch(firstEpoch, { startBatch: firstBatch })[Symbol.asyncIterator](),
  }
}
