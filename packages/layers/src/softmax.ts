import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkName, exampleShape, named } from './check.js'
import type { Layer, Shape } from './layer.js'

/**
 * Soft-max over the last axis: y_i = exp(x_i) / Σ_j exp(x_j), computed from x − max(x) so that large logits do not
 * overflow. Any shape, kept; no parameters, no randomness. The models give logits; the losses take logits.
 *
 * @example
 * softmax().apply({}, tf.tensor2d([[0, Math.log(3)]]), { training: false }) // [[0.25, 0.75]]
 */
export const softmax = (options: { readonly name?: string } = {}): Layer => {
  checkOptions('softmax', options, { name: true })
  const name = checkName(options.name ?? 'softmax')
  const outputShape = (input: Shape): Shape => {
    if (input.length === 0) {
      throw new RetableError(
        'invalid-shape',
        `${named(name)}: expected at least one axis, found []`,
      )
    }
    return [...input]
  }
  return {
    name,
    spec: { kind: 'softmax', name },
    outputShape,
    init: () => ({}),
    apply: (_params, x) => {
      exampleShape(name, x)
      return tf.softmax(x)
    },
  }
}
