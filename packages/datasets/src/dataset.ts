import type { Image } from '@retable/transforms'

/** One labeled picture of a data set. */
export interface Example {
  /** bytes, HWC row-major; often a view into the set's own memory, so copy it before writing to it */
  readonly image: Image
  /** an index into the set's `classes` */
  readonly label: number
}

/** Plain JSON from which `datasetFromSpec` (of `@retable/datasets/node`) opens the same set in another thread. */
export interface DatasetSpec {
  /** Which set it is: the name of its factory. */
  readonly kind: string
  readonly [option: string]: unknown
}

/** A set's pixels and labels where they lie in memory, all images of one size. */
export interface PixelStore {
  /** pixels */
  readonly height: number
  /** pixels */
  readonly width: number
  /** values per pixel */
  readonly channels: number
  /** `[length, height, width, channels]`, row-major; shared with worker threads if its buffer is a SharedArrayBuffer */
  readonly pixels: Uint8Array
  /** one per example */
  readonly labels: Int32Array
}

/** A finite, indexed set of labeled images. `get(i)` is the same example whenever it is asked for. */
export interface Dataset {
  /** what errors and reports call the set */
  readonly name: string
  /** names of the classes; a label is an index into them */
  readonly classes: readonly string[]
  /** number of examples */
  readonly length: number
  /** SHA-256 (hex) of the content, or of the generator and its options: equal if and only if the examples are equal */
  readonly fingerprint: string
  /** Example i, 0 ≤ i < length; throws RetableError `invalid-argument` outside that. */
  get(i: number): Example | Promise<Example>
  /** Example i's label without its image, if that is cheaper than `get` */
  labelAt?(i: number): number
  /** how another thread opens the set again; without it and without `store` or `view` the set cannot be loaded by workers */
  readonly spec?: DatasetSpec
  /** the pixels, if the whole set lies in memory */
  readonly store?: PixelStore
  /** for a selection from another set: which examples of which set */
  readonly view?: { readonly of: Dataset; readonly indices: Uint32Array }
}
