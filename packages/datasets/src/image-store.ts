import type { PixelStore } from './dataset.js'

/** An empty store; `shared` puts it where worker threads can read it too. */
export const emptyStore = (
  length: number,
  [height, width, channels]: readonly [number, number, number],
  shared: boolean,
): PixelStore => {
  const buffer = (bytes: number) => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
  return {
    height,
    width,
    channels,
    pixels: new Uint8Array(buffer(length * height * width * channels)),
    labels: new Int32Array(buffer(length * Int32Array.BYTES_PER_ELEMENT)),
  }
}

const shared = new WeakMap<PixelStore, PixelStore>()

/** The store itself if worker threads can read it, otherwise a copy that they can read, made once. */
export const sharedStore = (store: PixelStore): PixelStore => {
  const { pixels, labels, height, width, channels } = store
  if (pixels.buffer instanceof SharedArrayBuffer && labels.buffer instanceof SharedArrayBuffer) {
    return store
  }
  const known = shared.get(store)
  if (known !== undefined) return known
  const copy = emptyStore(labels.length, [height, width, channels], true)
  copy.pixels.set(pixels)
  copy.labels.set(labels)
  shared.set(store, copy)
  return copy
}
