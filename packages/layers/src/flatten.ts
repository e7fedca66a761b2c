import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape } from './check.js'
import type { Layer, Shape } from './layer.js'

/**
 * One axis of features: `[H, W, C]` → `[H·W·C]`, in memory order: rows, then columns, then channels (PyTorch's
 * NCHW flattens channels first). No parameters, no randomness.
 *
 * @example
 * flatten().outputShape([6, 6, 256]) // [9216]
 */
export const flatten = (options: { readonly name?: string } = {}): Layer => {
  checkOptions('flatten', options, { name: true })
  const name = checkName(options.name ?? 'flatten')
  const outputShape = (input: Shape): Shape => [input.reduce((a, b) => a * b, 1)]
  return {
    name,
    spec: { kind: 'flatten', name },
    // The layer after it sees the whole map.
    window: ([height = 1]) => ({ size: height, stride: 1, padding: 0 }),
    outputShape,
    init: () => ({}),
    apply: (_params, x) => tf.reshape(x, [x.shape[0], ...outputShape(exampleShape(name, x))]),
  }
}
