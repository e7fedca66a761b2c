import { RetableError } from '@retable/core/host'
import type { Image } from '@retable/transforms'

/** Bytes of an image added up, exactly: n pixels, Σx per channel, Σxy per pair of channels (upper triangle, row by row). */
export interface Moments {
  pixels: number
  readonly sums: number[]
  readonly products: number[]
}

/** The statistics of a data set count bytes: throws RetableError `invalid-argument` for an image of floats. */
export const bytesOf = (image: Image, what: string): Uint8Array | Uint8ClampedArray => {
  if (image.data instanceof Float32Array) {
    throw new RetableError(
      'invalid-argument',
      `${what} takes images of bytes, found float32; leave normalize out of the transform`,
    )
  }
  return image.data
}

/** The moments of an image of `channels` channels; products of different channels only if `mixed`. */
export const momentsOf = (
  image: Image,
  channels: number,
  mixed: boolean,
  what: string,
): Moments => {
  const data = bytesOf(image, what)
  if (image.channels !== channels) {
    throw new RetableError(
      'invalid-shape',
      `${what} takes images of ${channels} channels, found ${image.channels}`,
    )
  }
  const sums: number[] = []
  const products: number[] = []
  for (let a = 0; a < channels; a++) {
    let sum = 0
    for (let i = a; i < data.length; i += channels) sum += data[i]!
    sums.push(sum)
    for (let b = a; b < (mixed ? channels : a + 1); b++) {
      let product = 0
      const apart = b - a
      for (let i = a; i < data.length; i += channels) product += data[i]! * data[i + apart]!
      products.push(product)
    }
  }
  return { pixels: image.height * image.width, sums, products }
}

/** Sums over a data set outgrow 2⁵³ (ImageNet's squares do): kept as big integers, they stay exact. */
export const totals = (
  channels: number,
  mixed: boolean,
): {
  add(moments: Moments): void
  readonly pixels: () => bigint
  readonly sums: readonly bigint[]
  readonly products: readonly bigint[]
} => {
  let pixels = 0n
  const sums = Array<bigint>(channels).fill(0n)
  const products = Array<bigint>(mixed ? (channels * (channels + 1)) / 2 : channels).fill(0n)
  return {
    add: (moments) => {
      pixels += BigInt(moments.pixels)
      moments.sums.forEach((s, i) => (sums[i]! += BigInt(s)))
      moments.products.forEach((p, i) => (products[i]! += BigInt(p)))
    },
    pixels: () => pixels,
    sums,
    products,
  }
}

/** (n·Σxy − Σx·Σy)/n², rounded once: the covariance of bytes, with divisor n. */
export const covariance = (n: bigint, product: bigint, x: bigint, y: bigint): number =>
  Number(n * product - x * y) / Number(n * n)
