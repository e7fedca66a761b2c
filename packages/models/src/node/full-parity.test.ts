import { useBackend } from '@retable/backends'
import type { Params } from '@retable/core'
import { disposeParams, valueAndGrads } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alexnet } from '../alexnet.js'
import type { Model } from '../model.js'
import { toPyTorch } from '../pytorch.js'
import { vgg } from '../vgg.js'
import { readPyTorch } from './pytorch-file.js'
import { openSafetensors } from './safetensors-file.js'

// Full-size nets: python3 tools/fixtures/models.py --full DIR writes 1.5 GB; then
// RETABLE_FULL_PARITY=DIR npx vitest run packages/models/src/node/full-parity.test.ts
// RETABLE_BACKEND chooses where; tfjs's cpu backend would take hours.
const folder = process.env['RETABLE_FULL_PARITY']

const relativeError = (found: Float32Array, expected: Float32Array): number => {
  expect(found.length).toBe(expected.length)
  let difference = 0
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(found[i]! - expected[i]!))
    largest = Math.max(largest, Math.abs(expected[i]!))
  }
  expect(largest).toBeGreaterThan(0)
  return difference / largest
}

const lossOf = (model: Model, p: Params, images: tf.Tensor4D, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(p, images, { training: false })
    const hot = tf.oneHot(labels as tf.Tensor1D, model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

describe.skipIf(!folder)('full-size torchvision nets', () => {
  test.each([
    ['alexnet', alexnet({ variant: 'torchvision' })],
    ['vgg11', vgg('A')],
  ])(
    "%s: logits and all gradients are PyTorch's",
    async (name, model) => {
      const { name: backend } = await useBackend(
        (process.env['RETABLE_BACKEND'] ?? 'wasm') as 'wasm' | 'onnx' | 'cpu',
      )
      const start = performance.now()
      const params = await readPyTorch(join(folder!, `${name}.safetensors`), model)
      const loaded = performance.now()
      const expected = await openSafetensors(join(folder!, `${name}-expected.safetensors`))
      const images = tf.transpose((await expected.read('images')) as tf.Tensor4D, [0, 2, 3, 1])
      const labels = await expected.read('labels')
      const logits = model.apply(params, images, { training: false })
      const wanted = await expected.read('logits')
      const report = [
        `${name} on ${backend}: read in ${((loaded - start) / 1000).toFixed(1)} s`,
        `logits ${relativeError(logits.dataSync<'float32'>(), wanted.dataSync<'float32'>()).toExponential(2)}`,
      ]
      const { grads } = valueAndGrads((p) => lossOf(model, p, images, labels), params)
      disposeParams(params)
      const state = toPyTorch(model, grads)
      disposeParams(grads)
      let worst = 0
      for (const [key, gradient] of Object.entries(state)) {
        const other = await expected.read(`grad/${key}`)
        const error = relativeError(gradient.dataSync<'float32'>(), other.dataSync<'float32'>())
        worst = Math.max(worst, error)
        expect(error, key).toBeLessThan(1e-4)
        tf.dispose([gradient, other])
      }
      await expected.close()
      console.log([...report, `gradients at most ${worst.toExponential(2)}`].join(', '))
      expect(
        relativeError(logits.dataSync<'float32'>(), wanted.dataSync<'float32'>()),
      ).toBeLessThan(1e-4)
    },
    1_800_000,
  )
})
