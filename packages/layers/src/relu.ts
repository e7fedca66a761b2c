import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape } from './check.js'
import type { Layer } from './layer.js'

/**
 * max(0, x), element by element (AlexNet §3.1). Its gradient at 0 is 0. Any shape, kept; no parameters, no randomness.
 *
 * @example
 * relu({ name: 'relu1' }).apply({}, tf.tensor2d([[-1, 2]]), { training: false })
 */
export const relu = (options: { readonly name?: string } = {}): Layer => {
  checkOptions('relu', options, { name: true })
  const name = checkName(options.name ?? 'relu')
  return {
    name,
    spec: { kind: 'relu', name },
    outputShape: (input) => [...input],
    init: () => ({}),
    apply: (_params, x) => {
      exampleShape(name, x)
      return tf.relu(x)
    },
  }
}
