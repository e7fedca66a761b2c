import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { OnnxBackend } from '../backend.js'
import type { Value } from '../graph/value.js'

/** A tensor, or named tensors, or names within names. */
export type TensorTree = tf.Tensor | { readonly [name: string]: TensorTree }

/** The leaves of a tree by their paths, joined by '/'. A lone tensor is called `alone`. */
export const leaves = (tree: TensorTree, alone: string): [string, tf.Tensor][] => {
  const found: [string, tf.Tensor][] = []
  const visit = (node: TensorTree, path: string): void => {
    if (node instanceof tf.Tensor) found.push([path === '' ? alone : path, node])
    else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) {
        visit(child, path === '' ? name : `${path}/${name}`)
      }
    } else {
      throw new RetableError(
        'invalid-argument',
        `'${path === '' ? alone : path}' is ${node === null ? 'null' : typeof node}, not a tensor`,
      )
    }
  }
  visit(tree, '')
  return found
}

/** A tree of the same form with other tensors. */
const mapTree = (tree: TensorTree, f: (tensor: tf.Tensor) => tf.Tensor): TensorTree =>
  tree instanceof tf.Tensor
    ? f(tree)
    : Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, mapTree(child, f)]))

/**
 * Stand-ins for tensors: the same shapes and, so that shapes can be worked out from them, the same numbers, but
 * values of their own, even where two of the tensors share one.
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
