import { urlFiles } from '../url-files.js'

/** Four million times one byte. */
export const filledFile = (byte: number): Uint8Array => new Uint8Array(4_000_000).fill(byte)

// A worker: writes the file it is told to again and again, until it is killed.
globalThis.addEventListener('message', ({ data: url }: MessageEvent<string>) => {
  void (async () => {
    for (let byte = 0; ; byte = (byte + 1) % 256) await urlFiles.write(url, filledFile(byte))
  })()
})
