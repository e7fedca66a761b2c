import type { Params } from '@retable/core'
import { RetableError } from '@retable/core'
import type * as tf from '@tensorflow/tfjs-core'
import type { Context, Shape } from './layer.js'

/** How an error names a layer: `layer "conv1"`. */
export const named = (name: string): string => `layer "${name}"`

/** The number of values of a shape. */
export const product = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)

/** Checks a layer's name: it is the prefix of its parameters' names and of its stream of random numbers. */
export const checkName = (name: string): string => {
  if (typeof name !== 'string' || name === '') {
    throw new RetableError(
      'invalid-argument',
      `a layer's name must be a string of at least one character, found ${JSON.stringify(name)}`,
    )
  }
  return name
}

/** Checks that an option is an integer of at least `least`. */
export const checkInteger = (
  name: string,
  option: string,
  value: number,
  least: number,
): number => {
  if (!Number.isInteger(value) || value < least) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: ${option} must be an integer of at least ${least}, found ${value}`,
    )
  }
  return value
}

/** Checks that an option is a finite number. */
export const checkFinite = (name: string, option: string, value: number): number => {
  if (!Number.isFinite(value)) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: ${option} must be a finite number, found ${value}`,
    )
  }
  return value
}

/** Checks that an example is an image, `[height, width, channels]`. */
export const checkImage = (name: string, input: Shape): readonly [number, number, number] => {
  const [height, width, channels] = input
  if (input.length !== 3 || !input.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new RetableError(
      'invalid-shape',
      `${named(name)}: expected an input of [height, width, channels], found [${input}]`,
    )
  }
  return [height!, width!, channels!]
}

/** The context of a layer, if it says whether it is training. */
export const checkContext = (name: string, ctx: Context): Context => {
  if (typeof (ctx as Context | undefined)?.training === 'boolean') return ctx
  throw new RetableError(
    'invalid-argument',
    `${named(name)}: apply takes { training: false } or { training: true, random } as its third argument, found ${JSON.stringify(ctx)}`,
  )
}

/** The shape of one example of a batch, which is checked to be of float32. */
export const exampleShape = (name: string, x: tf.Tensor): Shape => {
  if (!Array.isArray((x as tf.Tensor | undefined)?.shape) || x.dtype !== 'float32') {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: expected a tensor of float32, found ${(x as tf.Tensor | undefined)?.dtype ?? typeof x}${
        (x as tf.Tensor | undefined)?.dtype === undefined ? '' : "; tf.cast(x, 'float32') makes one"
      }`,
    )
  }
  if (x.rank < 2) {
    throw new RetableError(
      'invalid-shape',
      `${named(name)}: expected a batch of rank 2 or more, [N, ...input], found [${x.shape}]`,
    )
  }
  return x.shape.slice(1)
}

/** The parameter `<name>/<role>`, its shape checked. */
export const parameter = (
  params: Params,
  name: string,
  role: string,
  shape: readonly number[],
): tf.Tensor => {
  const key = `${name}/${role}`
  const found = params[key]
  if (!found) {
    throw new RetableError('mismatch', `${named(name)}: the parameters have no entry "${key}"`)
  }
  if (found.shape.join() !== shape.join()) {
    throw new RetableError(
      'mismatch',
      `${named(name)}: parameter "${key}" has shape [${found.shape}], expected [${shape}]`,
    )
  }
  return found
}
