import { isRetableError, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import type { Dataset, Example } from './dataset.js'
import type { Image, ImageShape, Transform } from '@retable/transforms'

/** Some examples, ready for a net, on plain arrays. */
export interface Batch {
  /** `[N, H, W, C]`, or `[N × views, H, W, C]` if the transform makes several views of an image, one after the other */
  readonly images: Float32Array
  /** one an example */
  readonly labels: Int32Array
  /** which examples of the data set these are */
  readonly indices: Uint32Array
  /** the shape of `images` */
  readonly shape: readonly [number, number, number, number]
  /** images an example: 1, or as many as the transform makes */
  readonly views: number
  /** from 0 */
  readonly epoch: number
  /** the batch's number in its epoch */
  readonly index: number
}

/** What a loader applies to an image: a transform of `@retable/transforms`, or any function that keeps to `random`. */
export type LoaderTransform = (image: Image, random: Random) => Image | readonly Image[]

/** All that decides what a batch holds, besides its plan. */
export interface Recipe {
  readonly dataset: Dataset
  readonly transform?: LoaderTransform | undefined
  /** the loader's stream; example i of epoch e draws from `stream('epoch', e, 'example', i)` below it */
  readonly random: Random
}

/** Which examples make up a batch. */
export interface BatchPlan {
  readonly epoch: number
  readonly index: number
  /** the examples' numbers in the loader's data set: they name the random streams */
  readonly indices: Uint32Array
  /** their numbers in the recipe's data set, if that is the one below a selection; `indices` unless given */
  readonly sources?: Uint32Array
}

/** Examples of a batch that are read at a time, if reading is asynchronous. */
const CONCURRENCY = 16

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as { then?: unknown }).then === 'function'

const isImage = (value: unknown): boolean => ArrayBuffer.isView((value as Image | undefined)?.data)

const shapeOf = ({ height, width, channels }: ImageShape) => `${height}×${width}×${channels}`

/** byte / 255 */
const floatOfByte = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

const write = ({ data }: Image, out: Float32Array, at: number): void => {
  if (data instanceof Float32Array) out.set(data, at)
  else for (let i = 0; i < data.length; i++) out[at + i] = floatOfByte[data[i]!]!
}

/** Puts images into their places of a batch, which takes its shape from the first that comes. */
const batchWriter = (recipe: Recipe, plan: BatchPlan, spare?: Float32Array) => {
  const { transform } = recipe
  const { epoch, index, indices } = plan
  const count = indices.length
  const labels = new Int32Array(count)
  const stream = recipe.random.stream('epoch', epoch, 'example')
  const into = (transform as Partial<Transform> | undefined)?.into
  let images: Float32Array = new Float32Array(0)
  let first: (ImageShape & { readonly views: number; readonly example: number }) | undefined
  let size = 0

  const check = (found: ImageShape, views: number, wanted: NonNullable<typeof first>): void => {
    const { height, width, channels } = wanted
    if (
      found.height !== height ||
      found.width !== width ||
      found.channels !== channels ||
      views !== wanted.views
    ) {
      throw new RetableError(
        'invalid-shape',
        `a batch's images are of one shape: found ${views} of ${shapeOf(found)}, expected ${wanted.views} of ${shapeOf(wanted)} as for example ${wanted.example}; resize or crop in the transform`,
      )
    }
  }

  const put = (slot: number, { image, label }: Example): void => {
    const example = indices[slot]!
    labels[slot] = label
    if (first !== undefined && into !== undefined) {
      const written = into(image, stream.stream(example), images, slot * size)
      return check(written, written.views, first)
    }
    const made = transform === undefined ? image : transform(image, stream.stream(example))
    const views: readonly Image[] = Array.isArray(made) ? made : [made as Image]
    if (views.length === 0 || !views.every(isImage)) {
      throw new RetableError(
        'invalid-argument',
        `a ${transform === undefined ? 'data set' : 'transform'} gives images { data, height, width, channels }, found ${views.length === 0 ? 'none' : typeof views.find((view) => !isImage(view))}`,
      )
    }
    if (first === undefined) {
      const { height, width, channels } = views[0]!
      first = { height, width, channels, views: views.length, example }
      size = views.length * height * width * channels
      images = spare?.length === count * size ? spare : new Float32Array(count * size)
    }
    for (const [v, view] of views.entries()) {
      check(view, views.length, first)
      if (view.data.length !== size / views.length) {
        throw new RetableError(
          'invalid-shape',
          `an image of ${shapeOf(view)} has ${size / views.length} values, found ${view.data.length}`,
        )
      }
      write(view, images, slot * size + v * (size / views.length))
    }
  }

  const finish = (): Batch => {
    const { views, height, width, channels } = first!
    const shape = [count * views, height, width, channels] as const
    return { images, labels, indices, shape, views, epoch, index }
  }
  return { put, finish }
}

/**
 * The batch that `plan` describes, at once if the data set hands out its examples at once.
 *
 * `spare`, an array of the right length that nobody reads any more, is filled and handed out again.
 */
export const makeBatch = (
  recipe: Recipe,
  plan: BatchPlan,
  spare?: Float32Array,
): Batch | Promise<Batch> => {
  const { epoch, index, indices, sources = indices } = plan
  const { put, finish } = batchWriter(recipe, plan, spare)

  const named = (slot: number, cause: unknown): RetableError => {
    const message = cause instanceof Error ? cause.message : String(cause)
    return new RetableError(
      isRetableError(cause) ? cause.code : 'corrupt-data',
      `example ${indices[slot]} of ${recipe.dataset.name} (epoch ${epoch}, batch ${index}): ${message}`,
      { cause },
    )
  }

  /** Example `slot`, now or later; undefined once it is in its place. */
  const step = (slot: number): Promise<void> | undefined => {
    try {
      const example = recipe.dataset.get(sources[slot]!)
      if (!isPromise(example)) return void put(slot, example)
      return example.then(
        (read) => {
          try {
            put(slot, read)
          } catch (error) {
            throw named(slot, error)
          }
        },
        (error: unknown) => {
          throw named(slot, error)
        },
      )
    } catch (error) {
      throw named(slot, error)
    }
  }

  let next = 0
  const readOn = async (pending: Promise<void>): Promise<void> => {
    await pending
    while (next < indices.length) await step(next++)
  }
  while (next < indices.length) {
    const pending = step(next++)
    if (pending === undefined) continue
    const readers = [readOn(pending)]
    while (readers.length < CONCURRENCY && next < indices.length) {
      readers.push(readOn(step(next++) ?? Promise.resolve()))
    }
    return Promise.all(readers).then(finish)
  }
  return finish()
}
