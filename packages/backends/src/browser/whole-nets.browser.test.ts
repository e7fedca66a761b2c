import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import type { Params } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alexnet, toFullyConvolutional, vgg } from '../../../models/src/index.js'
import type { Model } from '../../../models/src/index.js'
import { softmaxCrossEntropy } from '../../../training/src/loss/softmax-cross-entropy.js'
import { autoOrder, useBackend } from '../index.js'
import type { BackendName } from '../index.js'

// Loss, logits and every parameter's gradient of whole nets, on each backend of a browser, against plain JavaScript. Rounding
// flips a ReLU or a pool's winner after a few updates, so that trained nets are no measure; gradients at given weights are.

const options = { wasm: { paths: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/' } }
const use = (name: BackendName) => useBackend(name, (options as Record<string, object>)[name] ?? {})

const narrow = { classes: 10, widthScale: 1 / 8, initialization: 'he' } as const
const nets: Readonly<Record<string, Model>> = {
  'VGG A': vgg('A', { ...narrow, inputSize: 28, pools: [1, 2, 5], dropout: false }),
  'VGG A-LRN': vgg('A-LRN', { ...narrow, inputSize: 28, pools: [1, 2, 5], dropout: false }),
  'AlexNet in two towers': alexnet({ ...narrow, inputSize: 67, dropout: false }),
}
const denseSizes = [28, 32, 48, 64]

type Values = Readonly<Record<string, Float32Array>>

const imagesOf = (size: number): tf.Tensor4D => {
  const random = createRandom('images').stream(size)
  const values = Float32Array.from({ length: 2 * size * size * 3 }, () => random.normal())
  return tf.tensor4d(values, [2, size, size, 3])
}

const valuesOf = async (params: Params): Promise<Values> => {
  const values: Record<string, Float32Array> = {}
  for (const [name, tensor] of Object.entries(params)) {
    values[name] = Float32Array.from(await tensor.data())
  }
  disposeParams(params)
  return values
}

const gradientsOf = async (model: Model): Promise<Values> => {
  const params = model.init(createRandom(7))
  const images = imagesOf(model.inputShape[0])
  const { value, grads } = valueAndGrads(
    (p) => tf.tidy(() => softmaxCrossEntropy(model.apply(p, images, { training: false }), [3, 8])),
    params,
  )
  const logits = model.apply(params, images, { training: false })
  const found = await valuesOf({ ...grads, loss: value, logits })
  disposeParams(params)
  images.dispose()
  return found
}

const denseScores = async (size: number): Promise<Values> => {
  const model = nets['VGG A']!
  const params = model.init(createRandom(7))
  const images = imagesOf(size)
  const scores = tf.tidy(() => toFullyConvolutional(model, params).apply(images))
  const found = await valuesOf({ scores })
  disposeParams(params)
  images.dispose()
  return found
}

/** The largest difference of a tensor, as a share of its largest value; of all tensors, the worst. */
const worst = (
  found: Values,
  expected: Values,
): { readonly name: string; readonly share: number } => {
  let result = { name: '', share: 0 }
  for (const [name, values] of Object.entries(expected)) {
    const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const off = values.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - found[name]![i]!) || 0),
      0,
    )
    if (!found[name]!.every(Number.isFinite)) return { name, share: Infinity }
    if (off / most > result.share) result = { name, share: off / most }
  }
  return result
}

const expected = new Map<string, Values>()
beforeAll(async () => {
  await use('cpu')
  for (const [name, model] of Object.entries(nets)) expected.set(name, await gradientsOf(model))
  for (const size of denseSizes) expected.set(`dense ${size}`, await denseScores(size))
}, 300_000)

describe.each(['wasm', 'webgl', 'webgpu'] as const)('%s', (backend) => {
  beforeAll(() => use(backend))
  afterAll(() => use('cpu'))

  test.each(Object.keys(nets))(
    'gradients of %s within 1e-5 of cpu',
    { timeout: 300_000 },
    async (name) => {
      expect(tf.getBackend()).toBe(backend)
      const before = tf.memory().numTensors
      const { share } = worst(await gradientsOf(nets[name]!), expected.get(name)!)
      expect(share).toBeLessThan(1e-5)
      expect(tf.memory().numTensors).toBe(before)
    },
  )

  test.each(denseSizes)(
    'dense evaluation at %i pixels within 1e-5 of cpu',
    { timeout: 300_000 },
    async (size) => {
      const { share } = worst(await denseScores(size), expected.get(`dense ${size}`)!)
      expect(share).toBeLessThan(1e-5)
    },
  )
})

test('auto takes the first of the browser’s order that loads, and tells what it is', async () => {
  const { name, why, considered, details } = await useBackend('auto', options)
  expect(autoOrder.browser).toContain(name)
  expect(considered.map((one) => one.name)).toEqual(
    autoOrder.browser.slice(0, autoOrder.browser.indexOf(name) + 1),
  )
  expect(name).toBe('webgpu')
  expect(why).toMatch(/^the fastest that loads here \(/)
  expect(details.renderer).toBeTruthy()
})

test('wasm says whether it has SIMD and threads, and what threads need', async () => {
  const { why } = await use('wasm')
  expect(why).toMatch(
    crossOriginIsolated
      ? /^asked for \(SIMD, \d+ threads?\)$/
      : /^asked for \(SIMD, 1 thread; threads need a page with COOP and COEP headers\)$/,
  )
})

test('webgl names its renderer, software and float32, and tells when its context is lost', async () => {
  const { details, lost } = await use('webgl')
  expect(details).toMatchObject({ renderer: expect.any(String) as string, float32: true })
  expect(details.software).toBe(/swiftshader/i.test(details.renderer!))
  const { gl } = (tf.backend() as unknown as { gpgpu: { gl: WebGLRenderingContext } }).gpgpu
  gl.getExtension('WEBGL_lose_context')!.loseContext()
  expect(await lost).toMatch(/^the browser lost its WebGL context on ./)
  await use('cpu')
})

test('webgpu tells when its device is lost', async () => {
  const { lost } = await use('webgpu')
  const { device } = tf.backend() as unknown as { device: { destroy(): void } }
  device.destroy()
  expect(await lost).toMatch(/^the browser lost its WebGPU device \(.+\) on ./)
  await use('cpu')
})
