import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import {
  checkImage,
  checkInteger,
  checkName,
  exampleShape,
  named,
  parameter,
  product,
} from './check.js'
import { initParameters } from './init-parameters.js'
import type { Initializer, InitializerSpec } from './initializers.js'
import { fansOf, glorotUniform, initializerSpecs, toInitializer, zeros } from './initializers.js'
import type { Layer, Shape } from './layer.js'
import type { Padding, Size2D } from './window.js'
import { makeWindow, paddingFor, padsOf, windowOutput } from './window.js'

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  /** the layer's name, unique in its net */
  readonly name: string
  /** output channels */
  readonly filters: number
  /** Side of the kernel, or `[height, width]`. */
  readonly kernelSize: Size2D
  /** default 1 */
  readonly strides?: Size2D
  /** default `'valid'` */
  readonly padding?: Padding
  /** channels are cut into as many groups, each with its own filters; default 1 */
  readonly groups?: number
  /** default true */
  readonly useBias?: boolean
  /** default {@link glorotUniform} */
  readonly kernelInitializer?: Initializer | InitializerSpec
  /** default {@link zeros} */
  readonly biasInitializer?: Initializer | InitializerSpec
}

/**
 * Two-dimensional convolution (cross-correlation, as everywhere in this field), with AlexNet's groups (§3.2: conv2,
 * conv4 and conv5 see only the maps of their own GPU).
 *
 * y[n, i, j, o] = b[o] + Σ_{u,v,c} x[n, i·s + u − top, j·s + v − left, c] · K[u, v, c, o], c over the group of o.
 *
 * `[H, W, inC]` → `[⌊(H + top + bottom − kh) / s⌋ + 1, …, filters]`. Parameters: `<name>/kernel`
 * `[kh, kw, inC / groups, filters]`, and `<name>/bias` `[filters]` unless `useBias` is false, drawn from
 * `random.stream(name, 'kernel')` and `(name, 'bias')`. Filters g·filters/groups and on belong to group g, as in
 * Caffe and PyTorch.
 *
 * @throws RetableError `invalid-argument` for options out of range; `invalid-shape` for an input that is no image,
 * that is smaller than the kernel, or whose channels the groups do not divide; `mismatch` for parameters that are
 * not this layer's.
 * @example
 * const conv2 = conv2d({ name: 'conv2', filters: 256, kernelSize: 5, padding: 2, groups: 2 })
 * conv2.outputShape([27, 27, 96]) // [27, 27, 256]
 * const params = conv2.init(createRandom(1), [27, 27, 96]) // 'conv2/kernel' [5, 5, 48, 256], 'conv2/bias' [256]
 */
export const conv2d = (options: Conv2dOptions): Layer => {
  checkOptions('conv2d', options, {
    name: true,
    filters: true,
    kernelSize: true,
    strides: true,
    padding: true,
    groups: true,
    useBias: true,
    kernelInitializer: true,
    biasInitializer: true,
  })
  const name = checkName(options.name)
  const filters = checkInteger(name, 'filters', options.filters, 1)
  const groups = checkInteger(name, 'groups', options.groups ?? 1, 1)
  const window = makeWindow(
    name,
    'kernelSize',
    options.kernelSize,
    options.strides ?? 1,
    options.padding ?? 'valid',
  )
  const useBias = options.useBias ?? true
  const kernelInitializer = toInitializer(options.kernelInitializer ?? glorotUniform())
  const biasInitializer = toInitializer(options.biasInitializer ?? zeros())
  if (filters % groups !== 0) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: filters must be a multiple of the ${groups} groups, found ${filters}`,
    )
  }
  const strides: [number, number] = [window.strides[0], window.strides[1]]
  const padded = paddingFor(window, 0)

  const outputShape = (input: Shape): Shape => {
    const [height, width, channels] = checkImage(name, input)
    if (channels % groups !== 0) {
      throw new RetableError(
        'invalid-shape',
        `${named(name)}: the input's channels must be a multiple of the ${groups} groups, found ${channels}`,
      )
    }
    return [...windowOutput(name, window, [height, width]), filters]
  }
  const kernelShape = (input: Shape): Shape => [...window.size, input[2]! / groups, filters]

  const convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D => {
    const { image, padding } = padded(x)
    if (groups === 1) return tf.conv2d<tf.Tensor4D>(image, kernel, strides, padding)
    const inputs = tf.split<tf.Tensor4D>(image, groups, 3)
    const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3)
    return tf.concat(
      inputs.map((part, g) => tf.conv2d<tf.Tensor4D>(part, kernels[g]!, strides, padding)),
      3,
    )
  }

  const initializers = initializerSpecs({ kernelInitializer, biasInitializer })
  return {
    name,
    ...(initializers && {
      spec: {
        kind: 'conv2d',
        name,
        filters,
        kernelSize: options.kernelSize,
        strides: options.strides ?? 1,
        padding: options.padding ?? 'valid',
        groups,
        useBias,
        ...initializers,
      },
    }),
    parameterShapes: (input) => {
      outputShape(input)
      return { kernel: kernelShape(input), ...(useBias && { bias: [filters] }) }
    },
    multiplyAdds: (input) => product(kernelShape(input).slice(0, 3)) * product(outputShape(input)),
    window: ([height = 0, width = 0]) => ({
      size: window.size[0],
      stride: window.strides[0],
      padding: padsOf(window, [height, width])[0][0],
    }),
    outputShape,
    init: (random, input) => {
      outputShape(input)
      const shape = kernelShape(input)
      return initParameters(name, random, fansOf(shape, groups), [
        { role: 'kernel', shape, initializer: kernelInitializer },
        ...(useBias ? [{ role: 'bias', shape: [filters], initializer: biasInitializer }] : []),
      ])
    },
    apply: (params, x) => {
      const input = exampleShape(name, x)
      outputShape(input)
      const kernel = parameter(params, name, 'kernel', kernelShape(input)) as tf.Tensor4D
      const bias = useBias ? parameter(params, name, 'bias', [filters]) : undefined
      return tf.tidy(() => {
        const y = convolve(x as tf.Tensor4D, kernel)
        return bias ? tf.add(y, bias) : y
      })
    },
  }
}
