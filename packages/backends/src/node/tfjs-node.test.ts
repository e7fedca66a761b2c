import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRandom, disposeParams, valueAndGrads, type Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { layerContract } from '../../../layers/src/contract.test-suite.js'
import { layerParity } from '../../../layers/src/parity.test-suite.js'
import { alexnet } from '../../../models/src/alexnet.js'
import { toFullyConvolutional } from '../../../models/src/fully-convolutional.js'
import type { Model } from '../../../models/src/model.js'
import { describeModels } from '../../../models/src/models.contract.js'
import { describePyTorchParity } from '../../../models/src/node/pytorch.contract.js'
import { vgg } from '../../../models/src/vgg.js'
import { describeOptimizers } from '../../../optimizers/src/optimizer.contract.js'
import { describeCrossEntropy } from '../../../training/src/loss/cross-entropy.contract.js'
import { constant } from '../../../optimizers/src/schedules/constant.js'
import { sgd } from '../../../optimizers/src/sgd.js'
import { fit } from '../../../training/src/fit/fit.js'
import { cloneState, type TrainingState } from '../../../training/src/fit/training-state.js'
import { tinyData, valuesOf } from '../../../training/src/testing/tiny.js'
import { listBackends, useBackend } from '../index.js'

const useNode = () => useBackend('node')
const node = (await listBackends()).find(({ name }) => name === 'node')!

/** Relative to the largest value, as rounding is. */
const difference = (expected: ArrayLike<number>, found: ArrayLike<number>): number => {
  const values = Array.from(expected)
  const largest = Math.max(...values.map(Math.abs))
  return Math.max(...values.map((v, i) => Math.abs(v - found[i]!))) / largest
}

const onCpuAndNode = async (work: () => Params): Promise<[Params, Params]> => {
  const found: Record<string, Float32Array>[] = []
  for (const name of ['cpu', 'node'] as const) {
    await useBackend(name)
    const made = tf.tidy(work)
    const values: Record<string, Float32Array> = {}
    for (const [key, tensor] of Object.entries(made)) {
      values[key] = (await tensor.data()) as Float32Array
    }
    disposeParams(made)
    found.push(values)
  }
  return found as never
}

const expectEqual = async (work: () => Params, within: number): Promise<void> => {
  const [cpu, onNode] = (await onCpuAndNode(work)) as unknown as Record<string, Float32Array>[]
  expect(Object.keys(onNode!)).toEqual(Object.keys(cpu!))
  for (const [name, values] of Object.entries(cpu!)) {
    expect(
      values.some((v) => Math.abs(v) > 1e-12),
      `${name} is not all 0`,
    ).toBe(true)
    expect(difference(values, onNode![name]!), name).toBeLessThan(within)
  }
}

const imagesFor = ([height, width, channels]: readonly number[], count: number): tf.Tensor4D => {
  const values = new Float32Array(count * height! * width! * channels!)
  createRandom('images').fillNormal(values)
  return tf.tensor4d(values, [count, height!, width!, channels!])
}

/** Loss and gradients of a net whose weights are eight times its initial ones, so that none vanishes. */
const gradientsOf = (model: Model) => (): Params => {
  const start = model.init(createRandom(3))
  const params = Object.fromEntries(Object.entries(start).map(([k, v]) => [k, tf.mul(v, 8)]))
  const images = imagesFor(model.inputShape, 2)
  const { value, grads } = valueAndGrads((p) => {
    const logits = model.apply(p, images, { training: true, random: createRandom(4) })
    const hot = tf.oneHot(tf.tensor1d([0, 1], 'int32'), model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  }, params)
  return { loss: value, ...grads }
}

// `npm test` passes without tfjs-node; `tools/tfjs-node/build.mjs` builds one.
describe.runIf(node.ok)(`tfjs-node (${node.reason})`, () => {
  beforeAll(useNode)

  layerContract('tensorflow')
  layerParity('tensorflow', 1e-5)
  describeOptimizers(useNode)
  describeModels(useNode, ['alexnet', 'cifar-net', 'vgg-A-LRN', 'vgg-C'])
  describePyTorchParity(useNode)
  describeCrossEntropy(useNode)

  const narrow = { classes: 5, widthScale: 1 / 16, hiddenUnits: 12, initialization: 'he' } as const
  describe('the gradients of whole nets are those of cpu', () => {
    it.each([
      ['AlexNet in two towers', alexnet({ ...narrow, inputSize: 67 })],
      ['AlexNet in two towers at 224 pixels', alexnet({ ...narrow, widthScale: 1 / 48 })],
      ['VGG A-LRN', vgg('A-LRN', { ...narrow, inputSize: 32 })],
      ['VGG C', vgg('C', { ...narrow, inputSize: 32 })],
      ['VGG E', vgg('E', { ...narrow, inputSize: 32 })],
    ])('%s', async (_, model) => {
      await expectEqual(gradientsOf(model), 1e-4)
    })
  })

  it.each([32, 48, 64, 70])('dense evaluation at %i pixels is that of cpu', async (size) => {
    const model = vgg('B', { ...narrow, inputSize: 32 })
    await expectEqual(() => {
      const dense = toFullyConvolutional(model, model.init(createRandom(5)))
      const scores = dense.apply(imagesFor([size, size, 3], 2))
      return { scores }
    }, 1e-5)
  })

  it('fit resumes a VGG with dropout bit for bit from each checkpoint', async () => {
    await useNode()
    const model = vgg('A', { ...narrow, inputSize: 32 })
    const data = tinyData({ classes: 5, size: 32, channels: 3, batchSize: 4, length: 3 })
    const options = {
      model,
      data,
      optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
      schedule: constant(0.01),
      epochs: 2,
      random: createRandom(5),
      disposeStart: true,
    }
    const saved: TrainingState[] = []
    const save = (state: TrainingState) => void saved.push(cloneState(state))
    const params = model.init(createRandom(3))
    const whole = await fit({ ...options, params, checkpoint: { everySteps: 2, save } })
    expect(saved.map(({ step }) => step)).toEqual([2, 4, 6])
    for (const startFrom of saved) {
      const resumed = await fit({ ...options, startFrom })
      expect(valuesOf(resumed.params)).toEqual(valuesOf(whole.params))
      expect(resumed.curve).toEqual(whole.curve)
    }
  })

  it('loads where node:util has lost what it calls, as in Node 23', () => {
    const source = `
      import util from 'node:util'
      delete util.isArray
      delete util.isNullOrUndefined
      const { useBackend } = await import('@retable/backends')
      const tf = await import('@tensorflow/tfjs-core')
      const { why } = await useBackend('node', { threads: 1 })
      const { values } = tf.topk(tf.tensor1d([3, 1, 2]), 2)
      console.log(why, [...(await values.data())].join())`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', source], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    })
    expect(printed.trim()).toBe('asked for (libtensorflow, 1 thread) 3,2')
  })

  it('refuses to change its threads, which libtensorflow takes once', async () => {
    await useBackend('cpu')
    if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow')
    await expect(useBackend('node', { threads: 64 })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(
        /^libtensorflow runs with \d+ threads and cannot change them in one process; start another process for 64$/,
      ) as string,
    })
  })
})
