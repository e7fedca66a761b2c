import * as tf from '@tensorflow/tfjs-core'
import type { TensorTree } from '@retable/core'
import type { OnnxBackend } from '../backend.js'
import type { Value } from '../graph/value.js'
import { leaves, mapTree } from '../tensor-tree.js'

/**
 * Placeholders for tensors: the same shapes and, so that shapes can be worked out from them, the same numbers, but
 * values of their own, even if two of the tensors share one.
 */
export const standIns = <T extends TensorTree>(
  onnx: OnnxBackend,
  tree: T,
): { readonly tree: T; readonly values: ReadonlyMap<Value, string> } => {
  const names = new Map(leaves(tree, 'input').map(([name, tensor]) => [tensor, name]))
  const values = new Map<Value, string>()
  const stand = mapTree(tree, (tensor) => {
    const { data, value } = onnx.standIn(tensor)
    values.set(value, names.get(tensor)!)
    return tf.engine().makeTensorFromTensorInfo(data, onnx)
  })
  return { tree: stand as T, values }
}
