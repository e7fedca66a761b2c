import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkInteger, checkName, exampleShape, named, parameter } from './check.js'
import { initParameters } from './init-parameters.js'
import type { Initializer, InitializerSpec } from './initializers.js'
import { fansOf, glorotUniform, initializerSpecs, toInitializer, zeros } from './initializers.js'
import type { Layer, Shape } from './layer.js'

/** Options of {@link dense}. */
export interface DenseOptions {
  /** the layer's name, unique in its net */
  readonly name: string
  /** output features */
  readonly units: number
  /** default true */
  readonly useBias?: boolean
  /** default {@link glorotUniform} */
  readonly kernelInitializer?: Initializer | InitializerSpec
  /** default {@link zeros} */
  readonly biasInitializer?: Initializer | InitializerSpec
}

/**
 * A fully-connected layer: y = x·K + b.
 *
 * `[features]` → `[units]`. Parameters: `<name>/kernel` `[features, units]` (the transpose of PyTorch's weight), and
 * `<name>/bias` `[units]` unless `useBias` is false, drawn from `random.stream(name, 'kernel')` and `(name, 'bias')`.
 *
 * @throws RetableError `invalid-argument` for options out of range; `invalid-shape` for an input that is not one
 * axis of features ({@link flatten} makes one of an image); `mismatch` for parameters that are not this layer's.
 * @example
 * const fc8 = dense({ name: 'fc8', units: 1000, kernelInitializer: normal(0.01) })
 * const logits = fc8.apply(fc8.init(createRandom(1), [4096]), tf.zeros([2, 4096]), { training: false }) // [2, 1000]
 */
export const dense = (options: DenseOptions): Layer => {
  checkOptions('dense', options, {
    name: true,
    units: true,
    useBias: true,
    kernelInitializer: true,
    biasInitializer: true,
  })
  const name = checkName(options.name)
  const units = checkInteger(name, 'units', options.units, 1)
  const useBias = options.useBias ?? true
  const kernelInitializer = toInitializer(options.kernelInitializer ?? glorotUniform())
  const biasInitializer = toInitializer(options.biasInitializer ?? zeros())

  const outputShape = (input: Shape): Shape => {
    if (input.length !== 1 || !Number.isInteger(input[0]) || input[0]! < 1) {
      throw new RetableError(
        'invalid-shape',
        `${named(name)}: expected an input of [features], found [${input}]${
          input.length > 1 ? '; put flatten() before it' : ''
        }`,
      )
    }
    return [units]
  }

  const initializers = initializerSpecs({ kernelInitializer, biasInitializer })
  return {
    name,
    ...(initializers && { spec: { kind: 'dense', name, units, useBias, ...initializers } }),
    parameterShapes: (input) => {
      outputShape(input)
      return { kernel: [input[0]!, units], ...(useBias && { bias: [units] }) }
    },
    multiplyAdds: (input) => input[0]! * units,
    outputShape,
    init: (random, input) => {
      outputShape(input)
      const shape = [input[0]!, units]
      return initParameters(name, random, fansOf(shape), [
        { role: 'kernel', shape, initializer: kernelInitializer },
        ...(useBias ? [{ role: 'bias', shape: [units], initializer: biasInitializer }] : []),
      ])
    },
    apply: (params, x) => {
      const input = exampleShape(name, x)
      outputShape(input)
      const kernel = parameter(params, name, 'kernel', [input[0]!, units]) as tf.Tensor2D
      const bias = useBias ? parameter(params, name, 'bias', [units]) : undefined
      return tf.tidy(() => {
        const y = tf.matMul(x, kernel)
        return bias ? tf.add(y, bias) : y
      })
    },
  }
}
