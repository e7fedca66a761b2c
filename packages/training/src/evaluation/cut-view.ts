import type { View } from './protocol.js'

/** A view of each of N images [N, H, W, C], as [N, view.height, view.width, C]; the images themselves if that is all of them. */
export const cutView = (
  images: Float32Array,
  [count, height, width, channels]: readonly [number, number, number, number],
  view: View,
): Float32Array => {
  const whole = view.height === height && view.width === width
  if (whole && !view.mirror) return images
  const out = new Float32Array(count * view.height * view.width * channels)
  const rowLength = view.width * channels
  let to = 0
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < view.height; y++) {
      const from = ((n * height + view.top + y) * width + view.left) * channels
      if (!view.mirror) out.set(images.subarray(from, from + rowLength), to)
      else {
        for (let x = 0; x < view.width; x++) {
          const source = from + (view.width - 1 - x) * channels
          for (let c = 0; c < channels; c++) out[to + x * channels + c] = images[source + c]!
        }
      }
      to += rowLength
    }
  }
  return out
}
