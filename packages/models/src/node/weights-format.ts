import { openFile } from './open-file.js'

/** A kind of weights file: safetensors, HDF5 (Keras), a zip archive (PyTorch's own .pth, Keras's .keras), a pickle. */
export type WeightsFormat = 'safetensors' | 'hdf5' | 'zip' | 'pickle' | 'unknown'

const signatures: readonly (readonly [WeightsFormat, readonly number[]])[] = [
  ['hdf5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['pickle', [0x80, 0x02]],
]

/**
 * What kind of weights file this is, by its first bytes and not by its name.
 *
 * safetensors has no signature: a header of JSON follows its length, so byte 9 is a brace.
 *
 * @throws RetableError `not-found`, `invalid-argument` for a folder, `unavailable` if it cannot be read
 * @example
 * (await weightsFormat('vgg16.H5')) === 'hdf5'
 */
export const weightsFormat = async (path: string): Promise<WeightsFormat> => {
  const file = await openFile(path)
  const first = new Uint8Array(9)
  const { bytesRead } = await file.read(first, 0, first.length, 0).finally(() => file.close())
  const found = signatures.find(
    ([, bytes]) => bytesRead >= bytes.length && bytes.every((byte, i) => first[i] === byte),
  )
  if (found) return found[0]
  return bytesRead === first.length && first[8] === '{'.charCodeAt(0) ? 'safetensors' : 'unknown'
}
