import { RetableError } from '@retable/core'
import type { Params } from '@retable/core'
import type { Initializer, Layer, Shape } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'

/**
 * A convolution of stride 1 whose kernel differs from place to place: cuda-convnet's `local` layer.
 *
 * b[y, x, o] = bias[y, x, o] + Σ_{i, j, c} a[y + i − p, x + j − p, c] · kernel[place(y, x), (i, j, c), o]. Maps [N, H, W, C]
 * to [N, H′, W′, filters], H′ = H + 2p − k + 1; `kernel` [H′·W′, k·k·C, filters], `bias` [H′, W′, filters], float32.
 *
 * @throws RetableError `invalid-shape` where the input is not a map or is smaller than the kernel.
 * @example
 * const local3 = locallyConnected2d({
 *   name: 'local3', filters: 32, kernelSize: 3, padding: 1,
 *   kernelInitializer: normal(0.04), biasInitializer: constant(0),
 * })
 */
export const locallyConnected2d = (options: {
  readonly name: string
  readonly filters: number
  readonly kernelSize: number
  readonly padding: number
  readonly kernelInitializer: Initializer
  readonly biasInitializer: Initializer
}): Layer => {
  const { name, filters, kernelSize, padding } = options
  const outputShape = (input: Shape): Shape => {
    const sides = input.slice(0, 2).map((size) => size + 2 * padding - kernelSize + 1)
    if (input.length !== 3 || sides.some((side) => side < 1)) {
      throw new RetableError(
        'invalid-shape',
        `layer "${name}": expected [height, width, channels] of at least ${kernelSize - 2 * padding} pixels, found [${input.join(', ')}]`,
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
  return {
    name,
    outputShape,
    init: (random, input) => {
      const { kernel, bias } = shapesOf(input)
      const fans = { fanIn: kernel[1]!, fanOut: kernelSize * kernelSize * filters }
      const make = (role: string, shape: number[], initializer: Initializer): tf.Tensor =>
        tf.tensor(initializer(random.stream(name, role), shape, fans), shape, 'float32')
      return {
        [`${name}/kernel`]: make('kernel', kernel, options.kernelInitializer),
        [`${name}/bias`]: make('bias', bias, options.biasInitializer),
      }
    },
    apply: (params, x) => {
      const input = x.shape.slice(1)
      const shapes = shapesOf(input)
      const kernel = parameterOf(params, `${name}/kernel`, shapes.kernel)
      const bias = parameterOf(params, `${name}/bias`, shapes.bias)
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

const parameterOf = (params: Params, name: string, shape: readonly number[]): tf.Tensor => {
  const found = params[name]
  if (!found) throw new RetableError('mismatch', `the parameters have no "${name}"`)
  if (found.shape.join() !== shape.join()) {
    throw new RetableError(
      'mismatch',
      `parameter "${name}" has shape [${found.shape.join(', ')}], expected [${shape.join(', ')}]`,
    )
  }
  return found
}
