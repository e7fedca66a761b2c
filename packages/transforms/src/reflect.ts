import { RetableError } from '@retable/core/host'
import { begin, finish } from './lazy.js'
import type { LazyImage } from './lazy-image.js'

/** Place i of an axis continued by reflection: −1 is place 1, and `size` is place size − 2. */
const mirror = (i: number, size: number): number => (i < 0 ? -i : i < size ? i : 2 * size - 2 - i)

/** The picture with its own mirror image around it, done at once. */
export const reflected = (p: LazyImage, vertical: number, horizontal: number): LazyImage => {
  if (vertical >= p.height || horizontal >= p.width) {
    throw new RetableError(
      'invalid-shape',
      `padding of ${vertical}, ${horizontal} by reflection needs an image larger than that, found ${p.height}×${p.width}`,
    )
  }
  const { data, channels } = finish(p)
  const height = p.height + 2 * vertical
  const width = p.width + 2 * horizontal
  const size = height * width * channels
  const out = data instanceof Float32Array ? new Float32Array(size) : new Uint8Array(size)
  let at = 0
  for (let y = 0; y < height; y++) {
    const row = mirror(y - vertical, p.height) * p.width
    for (let x = 0; x < width; x++) {
      const from = (row + mirror(x - horizontal, p.width)) * channels
      for (let c = 0; c < channels; c++) out[at++] = data[from + c]!
    }
  }
  return begin({ data: out, height, width, channels })
}
