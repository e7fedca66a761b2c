import type { Random } from '@retable/core'

/** A picture on a plain array, HWC row-major. */
export interface Image {
  readonly data: Float32Array | Uint8Array | Uint8ClampedArray
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** A function of an image and a random stream. */
export type Transform = (image: Image, random: Random) => Image | readonly Image[]
