import type { Params, Random } from '@retable/core'
import { createRandom, disposeParams, registerGradients } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { layerCases } from './cases.test-suite.js'
import { layerFromSpec } from './index.js'
import type { Layer, PlainLayerSpec, Shape } from './index.js'

/** Away from 0 and from one another, so that a ReLU or a maximum has one gradient. */
const inputOf = (input: Shape, batch: number): tf.Tensor => {
  const shape = [batch, ...input]
  const size = shape.reduce((a, b) => a * b, 1)
  const order = createRandom('contract').permutation(size)
  const values = Float32Array.from(order, (rank) => ((rank + 0.5) / size) * 4 - 2)
  return tf.tensor(values, shape)
}

const bits = async (value: tf.Tensor): Promise<number[]> => [...(await value.data())]
const bitsOf = async (params: Params): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(params).map(async ([name, value]) => [name, await bits(value)] as const),
    ),
  )
const training = (random: Random = createRandom(3).stream('step', 0)) => ({
  training: true,
  random,
})
const testing = { training: false }

/** The gradients of a weighted sum of the outputs, for the input ('x') and each parameter. */
const gradients = (layer: Layer, params: Params, x: tf.Tensor): Params => {
  const names = ['x', ...Object.keys(params)]
  const found = tf.grads((...values: tf.Tensor[]) => {
    const tree = Object.fromEntries(names.map((name, i) => [name, values[i]!]))
    const y = layer.apply(tree, tree['x']!, training())
    const weights = createRandom('weights').fillUniform(new Float32Array(y.size), 0.5, 1.5)
    return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)))
  })([x, ...Object.values(params)])
  return Object.fromEntries(names.map((name, i) => [name, found[i]!]))
}

/**
 * What every layer promises (see `Layer`), on the backend of that name, which the caller has registered. Not
 * published: packages with backends call it from their own tests. `tolerance` is how far an output may be from what was worked
 * out by hand, as a share of the value or of 1, whichever is larger; 5·10⁻⁷ is float32 on a CPU.
 */
export const layerContract = (backendName: string, tolerance = 5e-7): void => {
  describe.each(layerCases)(`$what keeps the layer contract on ${backendName}`, (each) => {
    beforeAll(async () => {
      expect(await tf.setBackend(backendName)).toBe(true)
      await tf.ready()
      registerGradients()
    })

    test('outputShape agrees with apply, for any batch size; float32; a new tensor, its input kept', async () => {
      const layer = each.make()
      const expected = layer.outputShape(each.input)
      const params = layer.init(createRandom(1), each.input)
      for (const batch of [1, 3]) {
        for (const ctx of [training(), testing]) {
          const x = inputOf(each.input, batch)
          const before = await bits(x)
          const y = layer.apply(params, x, ctx)
          expect(y.shape).toEqual([batch, ...expected])
          expect(y.dtype).toBe('float32')
          expect(y.id).not.toBe(x.id)
          y.dispose()
          expect(await bits(x)).toEqual(before)
          x.dispose()
        }
      }
      disposeParams(params)
    })

    test('init: names under its own, the same bits from the same seed and path, whatever was drawn before', async () => {
      const layer = each.make()
      const random = createRandom(1)
      const first = layer.init(random, each.input)
      random.uniform()
      const again = layer.init(random, each.input)
      const other = layer.init(createRandom(2), each.input)
      for (const [name, value] of Object.entries(first)) {
        if (layer.name !== '') expect(name.startsWith(`${layer.name}/`)).toBe(true)
        expect(value.dtype).toBe('float32')
        if (!layer.parameterShapes) expect(name).toMatch(/\/(kernel|bias)$/)
        if (name.endsWith('/kernel')) {
          expect(await bits(other[name]!)).not.toEqual(await bits(value))
        }
      }
      const shapes = Object.entries(layer.parameterShapes?.(each.input) ?? {})
      if (layer.spec) {
        expect(Object.entries(first).map(([name, { shape }]) => [name, shape])).toEqual(
          shapes.map(([role, shape]) => [`${layer.name}/${role}`, shape]),
        )
      }
      expect(await bitsOf(again)).toEqual(await bitsOf(first))
      for (const tree of [first, again, other]) disposeParams(tree)
    })

    test('its spec makes the same layer, through JSON', async () => {
      const layer = each.make()
      if (!layer.spec) return
      const again = layerFromSpec(JSON.parse(JSON.stringify(layer.spec)) as PlainLayerSpec)
      expect(again.spec).toEqual(layer.spec)
      const params = layer.init(createRandom(1), each.input)
      const same = again.init(createRandom(1), each.input)
      expect(await bitsOf(same)).toEqual(await bitsOf(params))
      const x = inputOf(each.input, 2)
      const [y, z] = [layer.apply(params, x, training()), again.apply(same, x, training())]
      expect(await bits(z)).toEqual(await bits(y))
      for (const value of [x, y, z]) value.dispose()
      for (const tree of [params, same]) disposeParams(tree)
    })

    test('a second layer of the same options is the same function: no state is kept between calls', async () => {
      const one = each.make()
      const two = each.make()
      const params = one.init(createRandom(1), each.input)
      const x = inputOf(each.input, 2)
      const once = one.apply(params, x, training())
      one.apply(params, x, training(createRandom(99))).dispose()
      const again = one.apply(params, x, training())
      const twin = two.apply(params, x, training())
      expect(await bits(again)).toEqual(await bits(once))
      expect(await bits(twin)).toEqual(await bits(once))
      for (const value of [once, again, twin, x]) value.dispose()
      disposeParams(params)
    })

    test('training differs from testing only if the layer draws; another stream, another draw', async () => {
      const layer = each.make()
      const params = layer.init(createRandom(1), each.input)
      const x = inputOf(each.input, 3)
      const [trained, tested, again] = await Promise.all(
        [training(), testing, training(createRandom(3).stream('step', 1))].map((ctx) =>
          bits(layer.apply(params, x, ctx)),
        ),
      )
      if (each.draws) {
        expect(trained).not.toEqual(tested)
        expect(trained).not.toEqual(again)
        expect(() => layer.apply(params, x, { training: true })).toThrow('needs ctx.random')
      } else {
        expect(trained).toEqual(tested)
        expect(await bits(layer.apply(params, x, { training: true }))).toEqual(tested)
      }
      disposeParams(params)
    })

    test('gradients reach the input and every parameter, finite and of its shape', async () => {
      const layer = each.make()
      const params = layer.init(createRandom(1), each.input)
      const x = inputOf(each.input, 3)
      const grads = gradients(layer, params, x)
      expect(Object.keys(grads)).toEqual(['x', ...Object.keys(params)])
      for (const [name, grad] of Object.entries(grads)) {
        expect(grad.shape).toEqual((name === 'x' ? x : params[name]!).shape)
        const values = await bits(grad)
        expect(values.every(Number.isFinite)).toBe(true)
        expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1e-6)
      }
      disposeParams(params)
    })

    test('no tensors are left behind: not by init, not forward, not backward, not by an error', () => {
      const layer = each.make()
      const x = inputOf(each.input, 2)
      const start = tf.memory().numTensors
      const params = layer.init(createRandom(1), each.input)
      const own = Object.keys(params).length
      expect(tf.memory().numTensors).toBe(start + own)
      for (const ctx of [training(), testing]) layer.apply(params, x, ctx).dispose()
      expect(tf.memory().numTensors).toBe(start + own)
      disposeParams(gradients(layer, params, x))
      expect(tf.memory().numTensors).toBe(start + own)
      for (const key of Object.keys(params)) {
        const { [key]: missing, ...rest } = params
        expect(() => layer.apply(rest, x, training())).toThrow(missing ? 'no entry' : '')
      }
      expect(tf.memory().numTensors).toBe(start + own)
      disposeParams(params)
      x.dispose()
      expect(tf.memory().numTensors).toBe(start - 1)
    })

    const { byHand, refuses: wrong } = each
    if (byHand) {
      test('gives what was worked out by hand', async () => {
        const layer = each.make()
        const params = Object.fromEntries(
          Object.entries(byHand.params ?? {}).map(([role, values]) => [
            `${layer.name}/${role}`,
            tf.tensor(values as tf.TensorLike),
          ]),
        )
        const [x, expected] = [byHand.x, byHand.y].map((v) => tf.tensor(v as tf.TensorLike))
        const y = layer.apply(params, x!, testing)
        expect(y.shape).toEqual(expected!.shape)
        const found = await bits(y)
        for (const [i, value] of (await bits(expected!)).entries()) {
          const error = Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))
          expect(error, `value ${i}: ${found[i]!}, expected ${value}`).toBeLessThan(tolerance)
        }
        for (const value of [x!, y, expected!]) value.dispose()
        disposeParams(params)
      })
    }

    if (!wrong) return
    test('an input that does not fit is refused, by the name of the layer', () => {
      const layer = each.make()
      const refusal = expect.objectContaining({
        name: 'RetableError',
        code: 'invalid-shape',
        message: expect.stringMatching(/^layer ".+": /),
      })
      expect(() => layer.outputShape(wrong)).toThrow(refusal)
      if (wrong.includes(0)) return
      const params = layer.init(createRandom(1), each.input)
      const x = tf.zeros([2, ...wrong])
      expect(() => layer.apply(params, x, training())).toThrow(refusal)
      x.dispose()
      disposeParams(params)
    })
  })
}
