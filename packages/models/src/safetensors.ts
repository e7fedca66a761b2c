import type { Params } from '@retable/core'
import { disposeParams, RetableError } from '@retable/core'
import { inFile } from './in-file.js'
import type { SafetensorsHeader, TensorEntry } from './safetensors-format.js'
import { lengthBytes, readHeader, readHeaderLength, writeHeader } from './safetensors-format.js'
import { bytesOf, dtypeOf, toTensor } from './safetensors-values.js'

/**
 * Tensors as the bytes of a safetensors file, in the order of the tree: float32 as F32, int32 as I32, bool as BOOL.
 *
 * Reads the values synchronously (in a browser use {@link packSafetensors}), and holds the whole file in memory: for nets of
 * hundreds of megabytes use `writeSafetensors` of `@retable/models/node`. Disposes of nothing.
 *
 * @param metadata text by name, kept in the header
 * @throws RetableError `invalid-argument` for a tensor of another type or metadata that is not text.
 * @example
 * const bytes = saveSafetensors(params, { model: model.name })
 */
export const saveSafetensors = (
  params: Params,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array =>
  joined(
    safetensorsHeader(params, metadata),
    Object.values(params).map((tensor) => bytesOf(tensor.dataSync())),
  )

/**
 * As {@link saveSafetensors}, with the values read asynchronously: what a browser's GPU needs. WebGPU cannot read
 * synchronously, and WebGL reads zeros, without an error, once its context is lost.
 *
 * @throws RetableError as {@link saveSafetensors}.
 * @example
 * const bytes = await packSafetensors(params, { model: model.name })
 */
export const packSafetensors = async (
  params: Params,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> => {
  const header = safetensorsHeader(params, metadata)
  const values: Uint8Array[] = []
  for (const tensor of Object.values(params)) values.push(bytesOf(await tensor.data()))
  return joined(header, values)
}

const joined = (header: Uint8Array, values: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length, header.length))
  bytes.set(header)
  let position = header.length
  for (const part of values) {
    bytes.set(part, position)
    position += part.length
  }
  return bytes
}

/**
 * The bytes that a safetensors file of these tensors opens with; the tensors' values follow in the order of the tree,
 * with nothing between them.
 *
 * @throws RetableError as {@link saveSafetensors}.
 */
export const safetensorsHeader = (
  params: Params,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array =>
  writeHeader(
    Object.entries(params).map(([name, tensor]) => ({
      name,
      dtype: dtypeOf(name, tensor),
      shape: tensor.shape,
    })),
    metadata,
  )

/**
 * The tensors of a safetensors file, in the order of its bytes (names that are whole numbers come first, as in every JavaScript
 * object); the caller owns them.
 *
 * F32, I32 and BOOL come as they are; F16, BF16 and F64 become float32; I64 and smaller integers int32.
 *
 * @param source what to call the file in an error
 * @param names the tensors to read; default all of them
 * @throws RetableError `corrupt-data` if the bytes are not a sound safetensors file, naming what is wrong;
 * `invalid-argument` for a type that tfjs cannot hold; `unknown-name` for a name that the file does not have.
 * @example
 * const params = loadSafetensors(new Uint8Array(await (await fetch(url)).arrayBuffer()))
 */
export const loadSafetensors = (
  bytes: Uint8Array | ArrayBuffer,
  source = 'the safetensors data',
  names?: readonly string[],
): Params => {
  const file = asBytes(bytes)
  const header = readSafetensorsHeader(file, source)
  const params: Params = {}
  try {
    for (const name of names ?? header.names) {
      const { begin, end } = entryOf(header, name, source)
      // A copy, so that the tensors do not keep the whole file alive, and are aligned.
      const values = file.slice(header.dataStart + begin, header.dataStart + end)
      params[name] = toTensor(name, header.tensors[name]!, values)
    }
  } catch (error) {
    disposeParams(params)
    throw inFile(source, error)
  }
  return params
}

/** What a header says of a tensor. Throws RetableError `unknown-name` if it has none of that name. */
export const entryOf = (header: SafetensorsHeader, name: string, source: string): TensorEntry => {
  const entry = header.tensors[name]
  if (!entry) throw new RetableError('unknown-name', `${source} has no tensor "${name}"`)
  return entry
}

/**
 * The header of a safetensors file: tensors' types, shapes and places, and the metadata. Makes no tensor.
 *
 * @throws RetableError `corrupt-data` if the bytes are not a sound safetensors file.
 * @example
 * readSafetensorsHeader(bytes).metadata['model'] // 'vgg-D'
 */
export const readSafetensorsHeader = (
  bytes: Uint8Array | ArrayBuffer,
  source = 'the safetensors data',
): SafetensorsHeader => {
  const file = asBytes(bytes)
  const length = readHeaderLength(file.subarray(0, lengthBytes), file.length, source)
  return readHeader(file.subarray(lengthBytes, lengthBytes + length), file.length, source)
}

/** A plain view: the `slice` of Node's Buffer, which is a Uint8Array too, would not copy. */
const asBytes = (bytes: Uint8Array | ArrayBuffer): Uint8Array =>
  bytes instanceof ArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
