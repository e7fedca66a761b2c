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

/** The largest difference over the largest value, and the length of the difference over the length of what is expected. */
const errorsOf = (found: tf.Tensor, expected: tf.Tensor): { most: number; length: number } => {
  expect(found.shape).toEqual(expected.shape)
  const a = found.dataSync<'float32'>()
  const b = expected.dataSync<'float32'>()
  let difference = 0
  let largest = 0
  let squares = 0
  let expectedSquares = 0
  for (let i = 0; i < b.length; i++) {
    const off = a[i]! - b[i]!
    difference = Math.max(difference, Math.abs(off))
    largest = Math.max(largest, Math.abs(b[i]!))
    squares += off * off
    expectedSquares += b[i]! * b[i]!
  }
  expect(largest).toBeGreaterThan(0)
  return { most: difference / largest, length: Math.sqrt(squares / expectedSquares) }
}

const lossOf = (model: Model, p: Params, images: tf.Tensor4D, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(p, images, { training: false })
    const hot = tf.oneHot(labels, model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

// At 224 pixels millions of ReLUs and maxima decide. Where two values are nearer than float32's rounding, a backend may
// switch one, and its gradient then goes elsewhere: an error of 10⁻³ or so in the layers below, with the logits as they
// were, in PyTorch's own float32 as well. In these images none is switched on wasm; on another backend one may be.
const cases = [
  { name: 'alexnet-64', model: alexnet({ variant: 'torchvision', inputSize: 64 }) },
  { name: 'vgg11-32', model: vgg('A', { inputSize: 32, adaptivePool: 7 }) },
  { name: 'alexnet-224', model: alexnet({ variant: 'torchvision' }) },
  { name: 'vgg11-224', model: vgg('A') },
] as const

describe.skipIf(!folder)('full-size torchvision nets', () => {
  test.each(cases)(
    "$name: logits and all gradients are PyTorch's",
    async ({ name, model }) => {
      const { name: backend } = await useBackend(
        (process.env['RETABLE_BACKEND'] ?? 'wasm') as 'wasm' | 'onnx' | 'cpu',
      )
      const start = performance.now()
      const params = await readPyTorch(join(folder!, `${name}.safetensors`), model)
      const seconds = (performance.now() - start) / 1000
      const expected = await openSafetensors(join(folder!, `${name}-expected.safetensors`))
      try {
        const images = tf.transpose((await expected.read('images')) as tf.Tensor4D, [0, 2, 3, 1])
        const labels = await expected.read('labels')
        const logits = model.apply(params, images, { training: false })
        const logitErrors = errorsOf(logits, await expected.read('logits'))
        const { grads } = valueAndGrads((p) => lossOf(model, p, images, labels), params)
        disposeParams(params)
        const state = toPyTorch(model, grads)
        disposeParams(grads)
        const errors: Record<string, { most: number; length: number }> = {}
        for (const [key, gradient] of Object.entries(state)) {
          const other = await expected.read(`grad/${key}`)
          errors[key] = errorsOf(gradient, other)
          tf.dispose([gradient, other])
        }
        const worst = (what: 'most' | 'length'): number =>
          Math.max(...Object.values(errors).map((error) => error[what]))
        console.log(
          `${name} on ${backend}: read in ${seconds.toFixed(1)} s, logits ${logitErrors.most.toExponential(1)}, gradients at most ${worst('most').toExponential(1)}, in length ${worst('length').toExponential(1)}`,
        )
        if (process.env['RETABLE_FULL_PARITY_LAYERS']) console.table(errors)
        expect(logitErrors.most).toBeLessThan(1e-4)
        expect(worst('most')).toBeLessThan(1e-4)
        expect(worst('length')).toBeLessThan(1e-4)
      } finally {
        await expected.close()
      }
    },
    1_800_000,
  )
})
