import type { Params, Random } from '@retable/core'
import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import type { Layer, Shape } from './index.js'

/** Options of {@link checkGradients}. */
export interface GradientCheck {
  readonly layer: Layer
  readonly input: Shape
  readonly batch?: number
  /** the input's values, in place of normal ones, if the layer has kinks */
  readonly values?: (random: Random, size: number) => Float32Array
  readonly training?: boolean
  /** the distance from a point to its neighbors; default 10⁻² */
  readonly step?: number
  /** the largest difference, as a share of the largest gradient; default 10⁻³ */
  readonly tolerance?: number
}

/** Values at least `gap` apart and away from 0: no step of less than gap / 2 crosses a kink or moves a maximum. */
export const apart =
  (gap: number) =>
  (random: Random, size: number): Float32Array =>
    Float32Array.from(random.permutation(size), (rank) => (rank - size / 2 + 0.5) * gap)

/**
 * Compares the gradients of Σ w·layer(x) for x and every parameter with central differences,
 * (f(v + h) − f(v − h)) / 2h, value by value. The sum is taken in float64.
 */
export const checkGradients = (check: GradientCheck): void => {
  const { layer, step = 1e-2, tolerance = 1e-3 } = check
  const random = createRandom('check-gradients')
  const shape = [check.batch ?? 2, ...check.input]
  const size = shape.reduce((a, b) => a * b, 1)
  const ctx = { training: check.training ?? false, random: random.stream('ctx') }
  const x = check.values
    ? check.values(random.stream('x'), size)
    : random.stream('x').fillNormal(new Float32Array(size))
  const start: Params = {
    x: tf.tensor(x, shape),
    ...layer.init(random.stream('init'), check.input),
  }
  const weights = random
    .stream('weights')
    .fillNormal(
      new Float32Array(shape[0]! * layer.outputShape(check.input).reduce((a, b) => a * b, 1)),
    )

  const { value, grads } = valueAndGrads((params) => {
    const y = layer.apply(params, params['x']!, ctx)
    return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)))
  }, start)

  const at = (name: string, index: number, offset: number): { sum: number; where: number } => {
    const moved = start[name]!.dataSync().slice()
    moved[index]! += offset
    const sum = tf.tidy(() => {
      const params = { ...start, [name]: tf.tensor(moved, start[name]!.shape, 'float32') }
      const y = layer.apply(params, params['x']!, ctx).dataSync()
      return weights.reduce((total, weight, i) => total + weight * y[i]!, 0)
    })
    return { sum, where: moved[index]! }
  }

  for (const [name, grad] of Object.entries(grads)) {
    const found = grad.dataSync()
    const scale = Math.max(...found.map(Math.abs))
    expect(scale).toBeGreaterThan(1e-3)
    for (let i = 0; i < found.length; i++) {
      const above = at(name, i, step)
      const below = at(name, i, -step)
      const expected = (above.sum - below.sum) / (above.where - below.where)
      const error = Math.abs(found[i]! - expected) / scale
      expect(error, `${name}[${i}]: ${found[i]}, by differences ${expected}`).toBeLessThan(
        tolerance,
      )
    }
  }
  value.dispose()
  disposeParams(grads)
  disposeParams(start)
}
