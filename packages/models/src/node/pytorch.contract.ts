import type { Params } from '@retable/core'
import { valueAndGrads } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { alexnet } from '../alexnet.js'
import { createModel } from '../model.js'
import type { Model } from '../model.js'
import { fromPyTorch, toPyTorch } from '../pytorch.js'
import { pytorchNames } from '../pytorch-names.js'
import { loadSafetensors } from '../safetensors.js'
import { vgg } from '../vgg.js'

// The fixtures are made by tools/fixtures/models.py.
const fixture = async (name: string): Promise<Params> =>
  loadSafetensors(await readFile(new URL(`../../fixtures/${name}.safetensors`, import.meta.url)))

/** A net with the widths of a narrowed fixture: the model's table with other numbers. */
const withWidths = (model: Model, name: string, widths: readonly number[]): Model => {
  let next = 0
  const specs = model.specs.map((spec) =>
    spec.kind === 'conv2d' ? { ...spec, filters: widths[next++]! } : spec,
  )
  const [height, width] = model.inputShape
  return createModel({ name, classes: model.classes, inputSize: [height, width], layers: specs })
}

const small = { classes: 5, hiddenUnits: 16 }
const cases: readonly (readonly [string, Model])[] = [
  ['vgg11', vgg('A', { ...small, widthScale: 1 / 32, inputSize: 64 })],
  ['vgg13', vgg('B', { ...small, widthScale: 1 / 32, inputSize: 32 })],
  ['vgg16', vgg('D', { ...small, widthScale: 1 / 32, inputSize: 64 })],
  ['vgg19', vgg('E', { ...small, widthScale: 1 / 32, inputSize: 32 })],
  [
    'vgg16-average-pool',
    vgg('D', { ...small, widthScale: 1 / 32, inputSize: 96, adaptivePool: 7 }),
  ],
  ['alexnet', alexnet({ ...small, variant: 'torchvision', widthScale: 1 / 8, inputSize: 96 })],
  [
    'class-notes',
    withWidths(
      alexnet({ ...small, variant: 'class-notes', inputSize: 128 }),
      'alexnet-class-notes',
      [8, 12, 16, 16, 12],
    ),
  ],
  [
    'two-tower',
    withWidths(
      alexnet({ ...small, inputSize: 67, dropout: false }),
      'alexnet-two-tower',
      [12, 16, 24, 24, 16],
    ),
  ],
]

const loss = (model: Model, params: Params, images: tf.Tensor4D, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const logits = model.apply(params, images, { training: false })
    const hot = tf.oneHot(tf.cast(labels, 'int32'), model.classes)
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)))
  })

/** Largest difference over the largest value that is expected. */
const relativeError = (found: tf.Tensor, expected: tf.Tensor): number => {
  expect(found.shape).toEqual(expected.shape)
  const a = found.dataSync()
  const b = expected.dataSync()
  let difference = 0
  let largest = 0
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!))
    largest = Math.max(largest, Math.abs(b[i]!))
  }
  expect(largest).toBeGreaterThan(0)
  return difference / largest
}

const classNotesNames: Readonly<Record<string, string>> = {
  conv1: 'net.0',
  conv2: 'net.4',
  conv3: 'net.8',
  conv4: 'net.10',
  conv5: 'net.12',
  fc6: 'head.1',
  fc7: 'head.4',
  fc8: 'head.6',
}

/** Logits, loss and every gradient of real state_dicts against PyTorch's, on the backend that `prepare` makes current. */
export const describePyTorchParity = (prepare: () => Promise<unknown>): void => {
  beforeAll(async () => {
    await prepare()
  })

  test.each(cases)("%s: logits and all gradients are PyTorch's", async (name, model) => {
    const state = await fixture(name)
    const expected = await fixture(`${name}-expected`)
    const params = fromPyTorch(model, state)
    const images = tf.transpose(expected['images'] as tf.Tensor4D, [0, 2, 3, 1])
    const logits = model.apply(params, images, { training: false })
    expect(relativeError(logits, expected['logits']!)).toBeLessThan(1e-4)

    const { value, grads } = valueAndGrads(
      (p) => loss(model, p, images, expected['labels']!),
      params,
    )
    expect(Math.abs(value.dataSync()[0]! / expected['loss']!.dataSync()[0]! - 1)).toBeLessThan(1e-4)
    const names = Object.fromEntries(
      Object.entries(pytorchNames(model)).map(([layer, module]) => [
        layer,
        // The class notes' module has names of its own; its layers were found by order and shapes.
        name === 'class-notes' ? classNotesNames[layer]! : module,
      ]),
    )
    const found = toPyTorch(model, grads, { names })
    expect(Object.keys(found).sort()).toEqual(Object.keys(state).sort())
    for (const key of Object.keys(state)) {
      expect(relativeError(found[key]!, expected[`grad/${key}`]!), key).toBeLessThan(1e-4)
    }
    const back = toPyTorch(model, params, { names })
    for (const key of Object.keys(state)) {
      expect(back[key]!.dataSync(), key).toEqual(state[key]!.dataSync())
    }
  })
}
