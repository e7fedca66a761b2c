import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

const length = 60
const side = 32
const bytes = side * side * 3

/** The file of an image. */
export const fileOf = (dir, i) => join(dir, `${i}.jpg`)

/** A data set with a JPEG file an image, read and decoded whenever the image is asked for; a file of `NaN` makes an image of NaN. */
export const folderOfImages = ({ dir }) => ({
  name: 'folder-of-images',
  classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
  length,
  fingerprint: 'ab'.repeat(32),
  spec: { kind: 'module', url: import.meta.url, factory: 'folderOfImages', options: { dir } },
  get: async (i) => {
    const file = fileOf(dir, i)
    const data = await readFile(file)
    const image = { height: side, width: side, channels: 3 }
    if (data.toString('latin1') === 'NaN') {
      return { label: i % 10, image: { ...image, data: new Float32Array(bytes).fill(NaN) } }
    }
    try {
      const pixels = await sharp(data, { failOn: 'truncated' }).raw().toBuffer()
      return { label: i % 10, image: { ...image, data: new Uint8Array(pixels) } }
    } catch (cause) {
      throw new Error(`${file} cannot be decoded: ${cause.message}`, { cause })
    }
  },
})
