import { checkOptions, RetableError, createRandom } from '@retable/core'
import type { Dataset, Example } from '@retable/datasets'
import type { EvaluationBatch } from './predict.js'

/** What {@link batchesBySize} does to each image before it is batched: gives one image; a deterministic transform fits. */
export type Prepare = (
  image: Example['image'],
  random: ReturnType<typeof createRandom>,
) => Example['image'] | readonly Example['image'][]

/** Options of {@link batchesBySize}. */
export interface BatchesBySizeOptions {
  /** Images per batch at most. */
  readonly batchSize: number
  /** Applied to each image, rescaling and normalizing it. Bytes that are left become float32 from 0 to 1. */
  readonly prepare?: Prepare
  /** Images kept waiting for others of their size, at most. Default 16 batches' worth. */
  readonly waiting?: number
}

interface Waiting {
  readonly image: Example['image']
  readonly label: number
  readonly index: number
}

/**
 * Each example of a data set once, in batches of images of one size: for dense evaluation on images whose shorter
 * side is Q and whose longer side differs.
 *
 * Where more than `waiting` images wait for others of their size, the fullest batch goes as it is.
 *
 * @throws RetableError `invalid-argument` for a bad option or batch size, or if `prepare` gives several images.
 * @example
 * const prepare = compose([resize({ size: 256 }), normalize({ mean, std })])
 * const data = batchesBySize(validation, { batchSize: 16, prepare })
 * await evaluate({ model, params, data, protocol: dense() })
 */
export const batchesBySize = (
  dataset: Dataset,
  options: BatchesBySizeOptions,
): AsyncIterable<EvaluationBatch> => {
  checkOptions('batchesBySize', options, { batchSize: true, prepare: true, waiting: true })
  const { batchSize, prepare, waiting = 16 * batchSize } = options
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RetableError(
      'invalid-argument',
      `batchSize is an integer of at least 1, found ${batchSize}`,
    )
  }
  return { [Symbol.asyncIterator]: () => iterate(dataset, batchSize, prepare, waiting) }
}

async function* iterate(
  dataset: Dataset,
  batchSize: number,
  prepare: Prepare | undefined,
  most: number,
): AsyncGenerator<EvaluationBatch> {
  const groups = new Map<string, Waiting[]>()
  let held = 0
  const take = (key: string): EvaluationBatch => {
    const group = groups.get(key)!
    groups.delete(key)
    held -= group.length
    return toBatch(group)
  }
  for (let index = 0; index < dataset.length; index++) {
    const { image: raw, label } = await dataset.get(index)
    const image = prepared(raw, index, prepare)
    const key = `${image.height}×${image.width}×${image.channels}`
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push({ image, label, index })
    held++
    if (group.length === batchSize) yield take(key)
    else if (held > most) {
      const [fullest] = [...groups].sort(([, a], [, b]) => b.length - a.length)
      yield take(fullest![0])
    }
  }
  for (const key of [...groups.keys()]) yield take(key)
}

const prepared = (image: Example['image'], index: number, prepare: Prepare | undefined) => {
  if (!prepare) return image
  const made = prepare(image, createRandom(0).stream('example', index))
  if (!Array.isArray(made)) return made as Example['image']
  throw new RetableError(
    'invalid-argument',
    'prepare gives one image for each; take views in the protocol',
  )
}

const toBatch = (group: readonly Waiting[]): EvaluationBatch => {
  const { height, width, channels } = group[0]!.image
  const size = height * width * channels
  const images = new Float32Array(group.length * size)
  group.forEach(({ image: { data } }, n) => {
    if (data instanceof Float32Array) images.set(data, n * size)
    else for (let i = 0; i < size; i++) images[n * size + i] = data[i]! / 255
  })
  return {
    images,
    labels: Int32Array.from(group, ({ label }) => label),
    indices: Uint32Array.from(group, ({ index }) => index),
    shape: [group.length, height, width, channels],
  }
}
