import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type { TensorEntry, WrittenDtype } from './safetensors-format.js'

/** The safetensors type of a tfjs tensor's values. */
export const dtypeOf = (name: string, tensor: tf.Tensor): WrittenDtype => {
  switch (tensor.dtype) {
    case 'float32':
      return 'F32'
    case 'int32':
      return 'I32'
    case 'bool':
      return 'BOOL'
    default:
      throw new RetableError(
        'invalid-argument',
        `tensor "${name}" is ${tensor.dtype}; safetensors holds float32, int32 and bool`,
      )
  }
}

/** A tensor's values as bytes, a view if it can be. Machines on which JavaScript runs are little-endian. */
export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** The value of the half-precision number with these 16 bits. */
const fromHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const fromBfloat = (bits: Uint16Array): Float32Array => {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

const toInt32 = (name: string, values: BigInt64Array | Uint32Array): Int32Array => {
  const out = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]!)
    if (value > 0x7fffffff || value < -0x80000000) {
      throw new RetableError(
        'corrupt-data',
        `tensor "${name}" holds ${value}, which does not fit in the int32 of tfjs`,
      )
    }
    out[i] = value
  }
  return out
}

/** Bytes in a buffer of their own, which typed arrays of wider elements may lie over. */
const aligned = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
    ? (bytes.buffer as ArrayBuffer)
    : bytes.slice().buffer

/**
 * A tfjs tensor of a tensor's bytes: F32, I32 and BOOL as they are; F16, BF16 and F64 as float32; I64, U32 and
 * the smaller integers as int32. `bytes` may be taken over: do not change them afterwards.
 *
 * @throws RetableError `invalid-argument` for a type that tfjs cannot hold, `corrupt-data` for an integer beyond int32.
 */
export const toTensor = (name: string, entry: TensorEntry, bytes: Uint8Array): tf.Tensor => {
  const shape = [...entry.shape]
  const float = (values: Float32Array): tf.Tensor => tf.tensor(values, shape, 'float32')
  const int = (values: Int32Array): tf.Tensor => tf.tensor(values, shape, 'int32')
  switch (entry.dtype) {
    case 'F32':
      return float(new Float32Array(aligned(bytes)))
    case 'F64':
      return float(Float32Array.from(new Float64Array(aligned(bytes))))
    case 'F16':
      return float(Float32Array.from(new Uint16Array(aligned(bytes)), fromHalf))
    case 'BF16':
      return float(fromBfloat(new Uint16Array(aligned(bytes))))
    case 'I32':
      return int(new Int32Array(aligned(bytes)))
    case 'I64':
      return int(toInt32(name, new BigInt64Array(aligned(bytes))))
    case 'U32':
      return int(toInt32(name, new Uint32Array(aligned(bytes))))
    case 'I16':
      return int(Int32Array.from(new Int16Array(aligned(bytes))))
    case 'U16':
      return int(Int32Array.from(new Uint16Array(aligned(bytes))))
    case 'I8':
      return int(Int32Array.from(new Int8Array(aligned(bytes))))
    case 'U8':
      return int(Int32Array.from(bytes))
    case 'BOOL':
      return tf.tensor(bytes.slice(), shape, 'bool')
    case 'U64':
    case 'C64':
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E5M2FNUZ':
    case 'F8_E4M3FNUZ':
    case 'F8_E8M0':
      throw new RetableError(
        'invalid-argument',
        `tensor "${name}" is ${entry.dtype}, which tfjs cannot hold; save it as F32, F16, BF16 or I32`,
      )
    default:
      return entry.dtype satisfies never
  }
}
