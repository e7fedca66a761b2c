import { checkOptions, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkInteger, checkName, exampleShape, named, parameter, product } from './check.js'
import { initParameters } from './init-parameters.js'
import type { Initializer, InitializerSpec } from './initializers.js'
import { glorotUniform, initializerSpecs, toInitializer, zeros } from './initializers.js'
import type { Layer, Shape } from './layer.js'

/** Options of {@link locallyConnected2d}. */
export interface LocallyConnected2dOptions {
  /** the layer's name, unique in its net */
  readonly name: string
  /** Output maps. */
  readonly filters: number
  /** kernels are square */
  readonly kernelSize: number
  /** zeros on each of the four sides; default 0 */
  readonly padding?: number
  /** default {@link glorotUniform} */
  readonly kernelInitializer?: Initializer | InitializerSpec
  /** default {@link zeros} */
  readonly biasInitializer?: Initializer | InitializerSpec
}

/**
 * A convolution of stride 1 whose kernel differs from place to place: cuda-convnet's `local` layer.
 *
 * b[y, x, o] = bias[y, x, o] + Σ_{i, j, c} a[y + i − p, x + j − p, c] · kernel[place(y, x), (i, j, c), o]. Maps [N, H, W, C]
 * to [N, H′, W′, filters], H′ = H + 2p − k + 1; `kernel` [H′·W′, k·k·C, filters], `bias` [H′, W′, filters], float32.
 *
 * @throws RetableError `invalid-shape` if the input is not a map or is smaller than the kernel.
 * @example
 * const local3 = locallyConnected2d({
 *   name: 'local3', filters: 32, kernelSize: 3, padding: 1,
 *   kernelInitializer: normal(0.04), biasInitializer: constant(0),
 * })
 */
export const locallyConnected2d = (options: LocallyConnected2dOptions): Layer => {
  checkOptions('locallyConnected2d', options, {
    name: true,
    filters: true,
    kernelSize: true,
    padding: true,
    kernelInitializer: true,
    biasInitializer: true,
  })
  const name = checkName(options.name)
  const filters = checkInteger(name, 'filters', options.filters, 1)
  const kernelSize = checkInteger(name, 'kernelSize', options.kernelSize, 1)
  const padding = checkInteger(name, 'padding', options.padding ?? 0, 0)
  const kernelInitializer = toInitializer(options.kernelInitializer ?? glorotUniform())
  const biasInitializer = toInitializer(options.biasInitializer ?? zeros())
  const outputShape = (input: Shape): Shape => {
    const sides = input.slice(0, 2).map((size) => size + 2 * padding - kernelSize + 1)
    if (input.length !== 3 || sides.some((side) => side < 1)) {
      throw new RetableError(
        'invalid-shape',
        `${named(name)}: expected [height, width, channels] of at least ${kernelSize - 2 * padding} pixels, found [${input.join(', ')}]`,
      )
    }
    return [...sides, filters]
  }
  const shapesOf = (input: Shape): { readonly kernel: number[]; readonly bias: number[] } => {
    const [height, width] = outputShape(input)
    return {
      kernel: [height! * width!, kernelSize * kernelSize * input[2]!, filters],
      bias: [height!, width!, filters],
    }
  }
  const initializers = initializerSpecs({ kernelInitializer, biasInitializer })
  return {
    name,
    ...(initializers && {
      spec: { kind: 'locallyConnected2d', name, filters, kernelSize, padding, ...initializers },
    }),
    parameterShapes: shapesOf,
    multiplyAdds: (input) => product(shapesOf(input).kernel),
    window: () => ({ size: kernelSize, stride: 1, padding }),
    outputShape,
    init: (random, input) => {
      const { kernel, bias } = shapesOf(input)
      const fans = { fanIn: kernel[1]!, fanOut: kernelSize * kernelSize * filters }
      return initParameters(name, random, fans, [
        { role: 'kernel', shape: kernel, initializer: kernelInitializer },
        { role: 'bias', shape: bias, initializer: biasInitializer },
      ])
    },
    apply: (params, x) => {
      const input = exampleShape(name, x)
      const shapes = shapesOf(input)
      const kernel = parameter(params, name, 'kernel', shapes.kernel)
      const bias = parameter(params, name, 'bias', shapes.bias)
      return tf.tidy(() => {
        const [height, width] = shapes.bias as [number, number, number]
        const channels = input[2]!
        const sides: [number, number] = [padding, padding]
        const padded = tf.pad(x, [[0, 0], sides, sides, [0, 0]])
        const shifts = Array.from({ length: kernelSize * kernelSize }, (_, i) =>
          tf.slice(
            padded,
            [0, Math.floor(i / kernelSize), i % kernelSize, 0],
            [x.shape[0], height, width, channels],
          ),
        )
        // [N, places, k·k·C] → [places, N, k·k·C], so that each place multiplies by its own kernel.
        const patches = tf.reshape(tf.concat(shifts, 3), [
          x.shape[0],
          height * width,
          kernelSize * kernelSize * channels,
        ])
        const products = tf.matMul(tf.transpose(patches, [1, 0, 2]), kernel)
        const maps = tf.reshape(tf.transpose(products, [1, 0, 2]), [
          x.shape[0],
          height,
          width,
          filters,
        ])
        return tf.add(maps, bias)
      })
    },
  }
}
