import { RetableError } from '@retable/core/host'
import type { Dataset } from '../../dataset.js'
import { loadSharp } from '../imagenet/decoder.js'
import type { PackEncoding } from './pack-file.js'
import { writeRecord } from './pack-records.js'

type Encoder = (data: Uint8Array, size: { height: number; width: number }) => Promise<Uint8Array>

const encoder = async (encoding: PackEncoding): Promise<Encoder> => {
  if (encoding === 'raw') return async (data) => data
  const sharp = await loadSharp()
  return (data, size) =>
    sharp(data, { raw: { ...size, channels: 3 } })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
}

/**
 * What makes a set's example i the record that a pack holds of it.
 *
 * @throws RetableError `unavailable` without sharp; from each example, naming it, `invalid-argument` for images of floats
 * and labels that are not classes, `invalid-shape` for images that are not RGB; what the set throws.
 */
export const examplePacker = async (
  dataset: Dataset,
  encoding: PackEncoding,
): Promise<(i: number) => Promise<Buffer>> => {
  const encode = await encoder(encoding)
  const { name, classes } = dataset
  return async (i) => {
    const { image, label } = await dataset.get(i)
    const { data, height, width, channels } = image
    if (data instanceof Float32Array) {
      throw new RetableError('invalid-argument', `${name} has images of floats; packs hold bytes`)
    }
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new RetableError(
        'invalid-argument',
        `image ${i} of ${name} has label ${label}, expected 0 to ${classes.length - 1}`,
      )
    }
    if (channels !== 3 || data.length === 0 || data.length !== height * width * 3) {
      throw new RetableError(
        'invalid-shape',
        `image ${i} of ${name} is ${height}×${width}×${channels} in ${data.length} bytes; packs hold height×width×3`,
      )
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length)
    return writeRecord({ label, height, width }, await encode(bytes, { height, width }))
  }
}
