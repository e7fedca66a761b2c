import type { Params } from '@retable/core'
import { RetableError, disposeParams } from '@retable/core'
import { replaceFile } from '@retable/core/node'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { FileHandle } from 'node:fs/promises'
import { inFile } from '../in-file.js'
import { entryOf } from '../safetensors.js'
import type { SafetensorsHeader, WrittenDtype } from '../safetensors-format.js'
import { lengthBytes, readHeader, readHeaderLength, writeHeader } from '../safetensors-format.js'
import { bytesOf, dtypeOf, toTensor } from '../safetensors-values.js'
import { openFile } from './open-file.js'

/** The most that one read or write is asked for. */
const chunkBytes = 64 * 2 ** 20

const writeAll = async (file: FileHandle, bytes: Uint8Array): Promise<void> => {
  let position = 0
  while (position < bytes.length) {
    const chunk = Math.min(chunkBytes, bytes.length - position)
    const { bytesWritten } = await file.write(bytes, position, chunk)
    position += bytesWritten
  }
}

const readAll = async (
  file: FileHandle,
  start: number,
  length: number,
  path: string,
): Promise<Uint8Array> => {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  let position = 0
  while (position < length) {
    const chunk = Math.min(chunkBytes, length - position)
    const { bytesRead } = await file.read(bytes, position, chunk, start + position)
    if (bytesRead === 0) {
      throw new RetableError(
        'corrupt-data',
        `${path} ended at byte ${start + position}, expected ${start + length}; did something cut it short while it was read?`,
      )
    }
    position += bytesRead
  }
  return bytes
}

/** Tensors one at a time, so that no more than one of them need be in memory. */
export type TensorStream = Iterable<readonly [string, TensorSource]>

/** A tensor to be written: what the header says of it, and its values when their turn comes. */
export interface TensorSource {
  readonly dtype: WrittenDtype
  readonly shape: readonly number[]
  read(): Promise<ArrayBufferView>
}

/**
 * Writes tensors as a safetensors file, one after another: at most one tensor's values are held besides the tensors.
 *
 * Written to a temporary file beside `path`, flushed, and renamed: whatever fails, `path` is either what it was or
 * whole. Disposes of nothing.
 *
 * @param metadata text by name, kept in the header
 * @throws RetableError `invalid-argument` for a tensor of another type than float32, int32 or bool; `unavailable` naming the
 * file if it cannot be written (full disk, no permission, read-only).
 * @example
 * await writeSafetensors('vgg-D.safetensors', params, { model: 'vgg-D' })
 */
export const writeSafetensors = async (
  path: string,
  params: Params,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const tensors = Object.entries(params).map(
    ([name, tensor]) =>
      [
        name,
        {
          dtype: dtypeOf(name, tensor),
          shape: tensor.shape,
          read: () => tensor.data(),
        },
      ] as const,
  )
  await writeTensorStream(path, tensors, metadata)
}

/** Like {@link writeSafetensors}, from sources that are asked for their values one at a time. */
export const writeTensorStream = async (
  path: string,
  tensors: TensorStream,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const entries = [...tensors]
  const header = writeHeader(
    entries.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
  )
  await replaceFile(path, async (file) => {
    await writeAll(file, header)
    for (const [, source] of entries) await writeAll(file, bytesOf(await source.read()))
  })
}

/** An open safetensors file: its header is checked, and its tensors are read when asked for. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** The named tensor, read now; the caller owns it. Throws RetableError `unknown-name` if there is none. */
  read(name: string): Promise<Tensor>
  /** Closes the file; tensors that were read stay. */
  close(): Promise<void>
}

/**
 * Opens a safetensors file and checks its header against its length, without reading any tensor.
 *
 * @throws RetableError `not-found` if there is no such file, `unavailable` if it cannot be read, `corrupt-data` if it is not
 * sound.
 * @example
 * const file = await openSafetensors('vgg16.safetensors')
 * const kernel = await file.read('features.0.weight')
 * await file.close()
 */
export const openSafetensors = async (path: string): Promise<SafetensorsFile> => {
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    const first = await readAll(file, 0, Math.min(lengthBytes, size), path)
    const length = readHeaderLength(first, size, path)
    const header = readHeader(await readAll(file, lengthBytes, length, path), size, path)
    return {
      ...header,
      read: async (name) => {
        const entry = entryOf(header, name, path)
        const start = header.dataStart + entry.begin
        const bytes = await readAll(file, start, entry.end - entry.begin, path)
        try {
          return toTensor(name, entry, bytes)
        } catch (error) {
          throw inFile(path, error)
        }
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * The tensors of a safetensors file; the caller owns them. Each tensor's bytes are read once, into the memory that
 * the tensor then takes over: no copy of the whole file.
 *
 * @param names the tensors to read; default all of them
 * @throws RetableError as {@link openSafetensors} and `loadSafetensors` do.
 * @example
 * const params = await readSafetensors('vgg-D.safetensors')
 */
export const readSafetensors = async (path: string, names?: readonly string[]): Promise<Params> => {
  const file = await openSafetensors(path)
  const params: Params = {}
  try {
    for (const name of names ?? file.names) params[name] = await file.read(name)
    return params
  } catch (error) {
    disposeParams(params)
    throw error
  } finally {
    await file.close()
  }
}
