import { RetableError } from '@retable/core'
import type { DataType } from '@tensorflow/tfjs-core'

/** A tensor's logical shape and tfjs dtype, as kernels see it. */
export interface Operand {
  readonly shape: readonly number[]
  readonly dtype: DataType
}

/** The tfjs dtypes that can live in an ONNX graph. */
export type GraphDtype = 'float32' | 'int32' | 'bool'

/** The arrays that hold them on the host. */
export type HostArray = Float32Array | Int32Array | Uint8Array

/** ONNX's TensorProto.DataType numbers of the types used here. */
export const elementType = { float32: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const

/** The domain of ONNX Runtime's operators on maps in blocks of channels. */
export const blockedDomain = 'com.microsoft.nchwc'

/** An ONNX element type by name. */
export type ElementType = keyof typeof elementType

/** Tells dtypes that the graph can hold from string and complex64. */
export const isGraphDtype = (dtype: DataType): dtype is GraphDtype =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool'

/**
 * An array for values of a dtype, of zeros.
 *
 * @throws RetableError `unavailable` if there is no memory for it
 */
export const hostArray = (dtype: GraphDtype, size: number): HostArray => {
  try {
    return new arrays[dtype](size)
  } catch (cause) {
    const gigabytes = ((size * bytesPerElement(dtype)) / 1e9).toFixed(1)
    throw new RetableError(
      'unavailable',
      `there is no memory for ${size} values of ${dtype} (${gigabytes} GB); a smaller batch needs less`,
      { cause },
    )
  }
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** Bytes of one element. */
export const bytesPerElement = (dtype: GraphDtype): number => (dtype === 'bool' ? 1 : 4)

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => {
  let size = 1
  for (const d of shape) size *= d
  return size
}

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
