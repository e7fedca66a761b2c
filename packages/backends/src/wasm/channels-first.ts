import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { Scratch } from './scratch.js'

/** [N, C, H, W] as [N, H, W, C], which is all that XNNPACK knows. */
export const fromChannelsFirst = (scratch: Scratch, x: TensorInfo): TensorInfo =>
  scratch.run('Transpose', { x }, { perm: [0, 2, 3, 1] })

/** [N, H, W, C] as [N, C, H, W]. */
export const toChannelsFirst = (scratch: Scratch, x: TensorInfo): TensorInfo =>
  scratch.run('Transpose', { x }, { perm: [0, 3, 1, 2] })
