import type { Image } from '../image.js'

/** The picture that `tools/fixtures/transforms.py` draws: bytes of a congruential sequence over a slope. */
export const picture = (height: number, width: number, channels: number = 3): Image => ({
  data: Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const noise = Math.floor(((i * 2654435761) % 2 ** 32) / 2 ** 24)
    const x = Math.floor(i / channels) % width
    return Math.floor(noise / 2) + Math.floor((x * 127) / width)
  }),
  height,
  width,
  channels,
})

/** The same as floats from 0 to 1. */
export const floatPicture = (height: number, width: number, channels: number = 3): Image => {
  const { data } = picture(height, width, channels)
  return { data: Float32Array.from(data, (byte) => byte / 255), height, width, channels }
}

/** An image of one channel from its rows. */
export const gray = (rows: readonly (readonly number[])[], floats: boolean = false): Image => ({
  data: floats ? Float32Array.from(rows.flat()) : Uint8Array.from(rows.flat()),
  height: rows.length,
  width: rows[0]!.length,
  channels: 1,
})

/** The rows of an image of one channel. */
export const rowsOf = ({ data, height, width }: Image): number[][] =>
  Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)])

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}
