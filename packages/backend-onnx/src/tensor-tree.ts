import * as tf from '@tensorflow/tfjs-core'
import { RetableError, type TensorTree } from '@retable/core'

/** The leaves of a tree by their paths, joined by '/'. A tree that is one tensor has the path `single`. */
export const leaves = (tree: TensorTree, single: string): [string, tf.Tensor][] => {
  const found: [string, tf.Tensor][] = []
  const visit = (node: TensorTree, path: string): void => {
    if (node instanceof tf.Tensor) found.push([path === '' ? single : path, node])
    else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) {
        visit(child, path === '' ? name : `${path}/${name}`)
      }
    } else {
      throw new RetableError(
        'invalid-argument',
        `'${path === '' ? single : path}' is ${node === null ? 'null' : typeof node}, not a tensor`,
      )
    }
  }
  visit(tree, '')
  return found
}

/** A tree of the same form with other tensors, which `f` makes in the order of {@link leaves}. */
export const mapTree = (tree: TensorTree, f: (tensor: tf.Tensor) => tf.Tensor): TensorTree =>
  tree instanceof tf.Tensor
    ? f(tree)
    : Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, mapTree(child, f)]))

/** The form of a tree: null for a tensor. */
export type Form = null | { readonly [name: string]: Form }

/** The form of a tree. */
export const formOf = (tree: TensorTree): Form =>
  tree instanceof tf.Tensor
    ? null
    : Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, formOf(child)]))

/** A tree of a form, whose tensors `f` makes in the order of {@link leaves}. */
export const treeOf = (form: Form, f: () => tf.Tensor): TensorTree =>
  form === null
    ? f()
    : Object.fromEntries(Object.entries(form).map(([name, child]) => [name, treeOf(child, f)]))
