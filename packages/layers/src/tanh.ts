import { checkOptions } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape } from './check.js'
import type { Layer } from './layer.js'

/**
 * The hyperbolic tangent, element by element: the saturating unit that AlexNet §3.1 compares ReLU with (Figure 1). Any shape, kept; no parameters, no randomness.
 *
 * @example
 * tanh({ name: 'tanh1' }).apply({}, tf.tensor2d([[-1, 2]]), { training: false })
 */
export const tanh = (options: { readonly name?: string } = {}): Layer => {
  checkOptions('tanh', options, { name: true })
  const name = checkName(options.name ?? 'tanh')
  return {
    name,
    spec: { kind: 'tanh', name },
    outputShape: (input) => [...input],
    init: () => ({}),
    apply: (_params, x) => {
      exampleShape(name, x)
      return tf.tanh(x)
    },
  }
}
