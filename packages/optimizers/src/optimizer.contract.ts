import { disposeParams, mapParams, type Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { adam, adamw } from './adam.js'
import { withClipping } from './clip.js'
import type { Optimizer, OptimizerState } from './optimizer.js'
import { sgd } from './sgd.js'

const optimizers: Record<string, Optimizer> = {
  'sgd without momentum': sgd({ weightDecay: 0.1 }),
  'sgd, pytorch form': sgd({ momentum: 0.9, weightDecay: 0.1 }),
  'sgd, dampened': sgd({ momentum: 0.9, dampening: 0.5 }),
  'sgd, nesterov': sgd({ momentum: 0.9, nesterov: true }),
  'sgd, krizhevsky form': sgd({ momentum: 0.9, weightDecay: 0.1, form: 'krizhevsky' }),
  adam: adam({ weightDecay: 0.1 }),
  'adam with amsgrad': adam({ amsgrad: true }),
  adamw: adamw({ weightDecay: 0.1, groups: [{ names: ['*bias'], weightDecay: 0 }] }),
  'sgd, clipped': withClipping(sgd({ momentum: 0.9 }), { globalNorm: 1 }),
  'adam, clipped by value': withClipping(adam(), { value: 0.5 }),
}

const tree = (kernel: number[], bias: number[]): Params => ({
  'fc/kernel': tf.tensor2d(kernel, [2, 2]),
  'fc/bias': tf.tensor1d(bias),
})
const start = () => tree([1, -2, 3, 0.5], [0, -1])
const slopes = () => tree([0.5, 1, -2, 0.25], [1, -0.125])

const read = async (params: Params): Promise<Record<string, number[]>> => {
  const out: Record<string, number[]> = {}
  for (const [name, value] of Object.entries(params)) out[name] = [...(await value.data())]
  return out
}

const disposeState = (state: OptimizerState) => Object.values(state.slots).forEach(disposeParams)

/** Some updates on f = Σ(w − 1)², disposing of what is replaced. */
const descend = (optimizer: Optimizer, steps: number, params: Params, state: OptimizerState) => {
  for (let i = 0; i < steps; i++) {
    const grads = mapParams(params, (w) =>
      tf.tidy(() => tf.mul(tf.sub(w, tf.scalar(1)), tf.scalar(2))),
    )
    const next = optimizer.update(params, grads, state, 0.05)
    ;[params, grads, ...Object.values(state.slots)].forEach(disposeParams)
    params = next.params
    state = next.state
  }
  return { params, state }
}

/** What every optimizer owes, on the backend that is set. */
export const describeOptimizers = (prepare: () => Promise<unknown>): void => {
  describe.each(Object.entries(optimizers))('%s', (_, optimizer) => {
    test('init gives step 0 and slots of zeros, named as promised', async () => {
      await prepare()
      const params = start()
      const state = optimizer.init(params)
      expect(state.step).toBe(0)
      expect(Object.keys(state.slots)).toEqual(optimizer.slots)
      for (const slot of Object.values(state.slots)) {
        expect(await read(slot)).toEqual({ 'fc/kernel': [0, 0, 0, 0], 'fc/bias': [0, 0] })
      }
      disposeParams(params)
      disposeState(state)
    })

    test('an update returns only new tensors, leaves what it was given, and leaks none', async () => {
      await prepare()
      const params = start()
      const grads = slopes()
      const state = optimizer.init(params)
      const before = tf.memory().numTensors
      const next = optimizer.update(params, grads, state, 0.1)
      expect(tf.memory().numTensors).toBe(before + 2 + 2 * optimizer.slots.length)
      expect(next.state.step).toBe(1)
      expect(await read(params)).toEqual(await read(start()))
      expect(await read(grads)).toEqual(await read(slopes()))
      const moved = await read(next.params)
      for (const value of moved['fc/kernel']!) expect(Number.isFinite(value)).toBe(true)
      expect(moved).not.toEqual(await read(params))
      for (const name of Object.keys(params)) {
        expect(next.params[name]!.shape).toEqual(params[name]!.shape)
      }
    })

    test('a rate of 0 leaves the parameters as they are', async () => {
      await prepare()
      const params = start()
      const next = optimizer.update(params, slopes(), optimizer.init(params), 0)
      expect(await read(next.params)).toEqual(await read(params))
    })

    test('resumes from a state that was written and read back, bit for bit', async () => {
      await prepare()
      const whole = descend(optimizer, 6, start(), optimizer.init(start()))
      const half = descend(optimizer, 3, start(), optimizer.init(start()))
      const saved = JSON.stringify({
        step: half.state.step,
        params: await read(half.params),
        slots: await Promise.all(
          Object.entries(half.state.slots).map(async ([slot, t]) => [slot, await read(t)]),
        ),
      })
      const back = JSON.parse(saved) as {
        step: number
        params: Record<string, number[]>
        slots: [string, Record<string, number[]>][]
      }
      const revive = (t: Record<string, number[]>) => tree(t['fc/kernel']!, t['fc/bias']!)
      const resumed = descend(optimizer, 3, revive(back.params), {
        step: back.step,
        slots: Object.fromEntries(back.slots.map(([slot, t]) => [slot, revive(t)])),
      })
      expect(resumed.state.step).toBe(6)
      expect(await read(resumed.params)).toEqual(await read(whole.params))
      for (const slot of optimizer.slots) {
        expect(await read(resumed.state.slots[slot]!)).toEqual(await read(whole.state.slots[slot]!))
      }
    })

    test('its spec is plain JSON', () => {
      expect(JSON.parse(JSON.stringify(optimizer.spec))).toEqual(optimizer.spec)
    })

    test('refuses a bad rate, and trees that do not fit', async () => {
      await prepare()
      const params = start()
      const state = optimizer.init(params)
      for (const rate of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => optimizer.update(params, slopes(), state, rate)).toThrow(
          `the learning rate is a finite number of at least 0, found ${rate}`,
        )
      }
      expect(() =>
        optimizer.update(params, { 'fc/kernel': start()['fc/kernel']! }, state, 1),
      ).toThrow('the tree of gradients has no entry "fc/bias"')
      const wrong = { ...slopes(), 'fc/bias': tf.zeros([3]) }
      expect(() => optimizer.update(params, wrong, state, 1)).toThrow(
        'the tree of gradients entry "fc/bias" has shape [3], expected [2]',
      )
      const slots = { ...state.slots, other: slopes() }
      expect(() => optimizer.update(params, slopes(), { step: 0, slots }, 1)).toThrow(
        "the optimizer's state has the slots",
      )
    })
  })

  test('krizhevsky form, worked by hand: μ 0.9, λ 0.1, ε 0.5 and then 0.25', async () => {
    await prepare()
    const optimizer = sgd({ momentum: 0.9, weightDecay: 0.1, form: 'krizhevsky' })
    const params = { w: tf.tensor1d([2, -1]) }
    const grads = { w: tf.tensor1d([4, 1]) }
    const one = optimizer.update(params, grads, optimizer.init(params), 0.5)
    // v = −0.1·0.5·2 − 0.5·4 = −2.1, w = −0.1; v = 0.05 − 0.5 = −0.45, w = −1.45
    expectClose(await read(one.params), { w: [-0.1, -1.45] })
    expectClose(await read(one.state.slots['momentum']!), { w: [-2.1, -0.45] })
    const two = optimizer.update(one.params, grads, one.state, 0.25)
    // v = 0.9·(−2.1) + 0.1·0.25·0.1 − 0.25·4 = −2.8875; v = −0.405 + 0.03625 − 0.25 = −0.61875
    expectClose(await read(two.state.slots['momentum']!), { w: [-2.8875, -0.61875] })
    expectClose(await read(two.params), { w: [-2.9875, -2.06875] })
  })
}

const expectClose = (found: Record<string, number[]>, wanted: Record<string, number[]>) => {
  for (const [name, values] of Object.entries(wanted)) {
    values.forEach((value, i) => expect(found[name]![i]).toBeCloseTo(value, 5))
  }
}
