import type { JsonObject } from '@retable/harness'

/** What a page knows of a data set that its server reads: all pixels in one part, or one example at a time. */
export type DatasetDescription = {
  readonly form: 'pixels' | 'examples'
  readonly name: string
  readonly classes: readonly string[]
  readonly length: number
  /** of `pixels`: every image's height, width and channels */
  readonly shape?: readonly number[]
} & JsonObject

/** Bytes before an example's pixels: height, width, channels and label, as 32-bit integers. */
export const exampleHeader = 16
