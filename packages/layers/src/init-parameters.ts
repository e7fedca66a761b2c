import type { Params, Random } from '@retable/core'
import { checkRandom, requireBackend, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { named } from './check.js'
import type { Fans, Initializer } from './initializers.js'

/** One parameter to make: its role in the layer, shape and initializer. */
export interface ParameterSpec {
  readonly role: string
  readonly shape: readonly number[]
  readonly initializer: Initializer
}

/** Makes a layer's parameters, each from its own stream `random.stream(name, role)`. */
export const initParameters = (
  name: string,
  random: Random,
  fans: Fans,
  specs: readonly ParameterSpec[],
): Params => {
  requireBackend()
  checkRandom(`${named(name)}: init`, random)
  return Object.fromEntries(
    specs.map(({ role, shape, initializer }) => {
      if (typeof initializer !== 'function') {
        throw new RetableError(
          'invalid-argument',
          `${named(name)}: the initializer of ${role} must be a function, such as heNormal() gives, found ${JSON.stringify(initializer)}`,
        )
      }
      const values = initializer(random.stream(name, role), shape, fans)
      const size = shape.reduce((a, b) => a * b, 1)
      if (!(values instanceof Float32Array) || values.length !== size) {
        throw new RetableError(
          'invalid-argument',
          `${named(name)}: the initializer of ${role} must give a Float32Array of ${size} values, found ${
            values instanceof Float32Array ? `${values.length} values` : typeof values
          }`,
        )
      }
      return [`${name}/${role}`, tf.tensor(values, [...shape], 'float32')]
    }),
  )
}
