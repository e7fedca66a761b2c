import {
  util,
  type DataType,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import type { OnnxBackend } from '../backend.js'
import { hostArray, isGraphDtype } from '../graph/types.js'

/** A kernel that computes nothing in a graph. Undefined: not for these arguments, fall back. */
export type HostKernel = (
  onnx: OnnxBackend,
  inputs: NamedTensorInfoMap,
  attrs: Readonly<Record<string, unknown>>,
) => TensorInfo | undefined

const filled = (
  onnx: OnnxBackend,
  shape: readonly number[],
  dtype: DataType,
  value: number,
): TensorInfo | undefined => {
  if (!isGraphDtype(dtype)) return undefined
  const values = hostArray(dtype, util.sizeFromShape(shape as number[]))
  if (value !== 0) values.fill(value)
  return onnx.makeTensorInfo(shape, dtype, values)
}

/** Kernels that only rename a value, or make one out of nothing. */
export const hostKernels: Readonly<Record<string, HostKernel>> = {
  Identity: (onnx, { x }) => onnx.tensors.alias(x!),
  Reshape: (onnx, { x }, { shape }) => {
    const size = util.sizeFromShape(x!.shape)
    const to = util.inferFromImplicitShape(shape as number[], size)
    util.assert(
      size === util.sizeFromShape(to),
      () =>
        `The new shape (${to}) has ${util.sizeFromShape(to)} elements and the old shape (${x!.shape}) has ${size} elements. The new shape and old shape must have the same number of elements.`,
    )
    return onnx.tensors.alias(x!, to)
  },
  ExpandDims: (onnx, { input }, { dim }) => {
    const shape = [...input!.shape]
    const at = dim as number
    util.assert(
      -(shape.length + 1) <= at && at <= shape.length,
      () => `Axis must be in the interval [${-(shape.length + 1)}, ${shape.length}]`,
    )
    shape.splice(at < 0 ? shape.length + at + 1 : at, 0, 1)
    return onnx.tensors.alias(input!, shape)
  },
  Complex: (onnx, { real, imag }) => onnx.tensors.makeComplex(real!, imag!),
  Real: (onnx, { input }) => onnx.tensors.share(onnx.tensors.complexParts(input!.dataId).real),
  Imag: (onnx, { input }) => onnx.tensors.share(onnx.tensors.complexParts(input!.dataId).imag),
  Fill: (onnx, _inputs, { shape, value, dtype }) =>
    typeof value === 'string'
      ? undefined
      : filled(
          onnx,
          shape as number[],
          (dtype as DataType | undefined) ?? util.inferDtype(value as number),
          value as number,
        ),
  ZerosLike: (onnx, { x }) => filled(onnx, x!.shape, x!.dtype, 0),
  OnesLike: (onnx, { x }) => filled(onnx, x!.shape, x!.dtype, 1),
  LinSpace: (onnx, _inputs, { start, stop, num }) =>
    onnx.makeTensorInfo(
      [num as number],
      'float32',
      Float32Array.from(
        { length: num as number },
        (_, i) =>
          (start as number) + i * (((stop as number) - (start as number)) / ((num as number) - 1)),
      ),
    ),
}
