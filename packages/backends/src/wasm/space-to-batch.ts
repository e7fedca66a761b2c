import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Scratch } from './scratch.js'

/**
 * Splits an image into its phases, which take every s-th row and column, as tf.spaceToBatchND does, with the phases on an axis
 * of their own.
 *
 * @param x [N, H, W, C], H and W multiples of the strides
 * @returns [strideWidth · strideHeight, N, H / strideHeight, W / strideWidth, C], the phases of the columns outermost
 */
export const spaceToBatch = (
  scratch: Scratch,
  x: TensorInfo,
  [strideHeight, strideWidth]: readonly [number, number],
): TensorInfo => {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const rows = height / strideHeight
  const columns = width / strideWidth
  // Two transpositions of three axes each: one of six runs a hundred times slower in wasm.
  const byRow = swap(scratch, x, [batch * rows, strideHeight, width * channels])
  const byColumn = swap(scratch, byRow, [
    strideHeight * batch * rows * columns,
    strideWidth,
    channels,
  ])
  return { ...byColumn, shape: [strideWidth * strideHeight, batch, rows, columns, channels] }
}

/**
 * Puts the phases of an image together again: the inverse of {@link spaceToBatch}.
 *
 * @param phases the tensors [N, rows, columns, C] of the phases, those of the columns outermost
 */
export const batchToSpace = (
  scratch: Scratch,
  phases: readonly TensorInfo[],
  [strideHeight, strideWidth]: readonly [number, number],
): TensorInfo => {
  const [batch, rows, columns, channels] = phases[0]!.shape as [number, number, number, number]
  const all = scratch.stack(phases)
  const byRow = swap(scratch, all, [strideWidth, strideHeight * batch * rows * columns, channels])
  const image = swap(scratch, byRow, [strideHeight, batch * rows, columns * strideWidth * channels])
  return { ...image, shape: [batch, rows * strideHeight, columns * strideWidth, channels] }
}

/** `x` seen in a shape of three axes, the first two swapped. */
const swap = (
  scratch: Scratch,
  x: TensorInfo,
  shape: readonly [number, number, number],
): TensorInfo =>
  shape[0] === 1 || shape[1] === 1
    ? x
    : scratch.run('Transpose', { x: { ...x, shape: [...shape] } }, { perm: [1, 0, 2] })
