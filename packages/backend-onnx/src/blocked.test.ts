import * as tf from '@tensorflow/tfjs-core'
import { registerGradients } from '@retable/core'
import proto from 'onnx-proto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { OnnxBackend } from './backend.js'
import { difference, noise, onBoth, useOnnx } from './testing/onnx.test-suite.js'

/** A processor without blocks computes in other ways, which the other tests are about. */
const onnxHere = await useOnnx()

describe.runIf(onnxHere.runtime.block > 0)('convolutions of maps in blocks of channels', () => {
  let onnx: OnnxBackend
  beforeAll(async () => {
    onnx = await useOnnx()
    registerGradients()
  })

  it.each([
    { batch: 16, size: [6, 5], inputs: 3, outputs: 32, side: 5, pad: 'same' },
    { batch: 14, size: [12, 9], inputs: 8, outputs: 20, side: 3, pad: 'same' },
    { batch: 13, size: [5, 7], inputs: 40, outputs: 24, side: 3, pad: 1 },
    { batch: 16, size: [14, 14], inputs: 4, outputs: 64, side: 3, pad: 'valid' },
    { batch: 4, size: [9, 9], inputs: 20, outputs: 36, side: 5, pad: 0 },
    { batch: 3, size: [11, 8], inputs: 24, outputs: 16, side: 2, pad: 'same' },
  ] as const)(
    'give the cpu backend’s numbers and both its gradients: $batch images of $size pixels, $inputs to $outputs channels, $side×$side, pad $pad',
    async ({ batch, size, inputs, outputs, side, pad }) => {
      const found = await onBoth(() => {
        const x = noise('x', batch, ...size, inputs) as tf.Tensor4D
        const w = noise('w', side, side, inputs, outputs) as tf.Tensor4D
        const b = noise('b', outputs)
        const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
          tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad), b))
        const y = f(x, w, b)
        const [dx, dw, db] = tf.grads(f)([x, w, b], noise('dy', ...y.shape))
        return { y, dx: dx!, dw: dw!, db: db! }
      })
      for (const [name, { cpu, onnx }] of Object.entries(found)) {
        expect(difference(cpu, onnx), name).toBeLessThan(3e-6)
      }
    },
  )

  it.each([
    [9, 13, 16],
    [17, 9, 20],
  ])(
    'give the cpu backend’s gradient of means of 3×3 every 2 pixels, of %i × %i pixels and %i channels',
    async (height, width, channels) => {
      const found = await onBoth(() => {
        const x = noise('x', 3, height, width, channels) as tf.Tensor4D
        const pool = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, 3, 2, 'valid')
        return { dx: tf.grad(pool)(x, noise('dy', ...pool(x).shape)) }
      })
      expect(difference(found['dx']!.cpu, found['dx']!.onnx)).toBeLessThan(1e-6)
    },
  )

  it.each([16, 20, 6])(
    'keep the numbers of what follows them in blocks: %i channels',
    async (channels) => {
      const found = await onBoth(() => {
        const x = noise('x', 4, 9, 7, 3) as tf.Tensor4D
        const w = noise('w', 3, 3, 3, channels) as tf.Tensor4D
        const v = noise('v', 3, 3, channels, channels) as tf.Tensor4D
        const conv = (x: tf.Tensor, w: tf.Tensor): tf.Tensor4D =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')
        const y = conv(x, w)
        // Read before relu as well as after it.
        const both = tf.add(tf.relu(y), y)
        const deep = tf.relu(conv(tf.relu(conv(x, w)), v))
        return {
          both,
          deep,
          inside: tf.exp(y),
          scaled: tf.add(tf.mul(y, 2), 1),
          masked: tf.mul(y, noise('m', ...y.shape)),
          perImage: tf.mul(y, noise('i', 4, 1, 1, 1)),
          difference: tf.sub(deep, y),
          turned: tf.transpose(y, [2, 0, 3, 1]),
          first: tf.transpose(y, [0, 3, 1, 2]),
          flat: tf.reshape(tf.tanh(y), [4, -1]),
          joined: tf.concat([y, deep], 3),
          part: tf.slice(y, [0, 1, 2, 3], [4, 5, 3, 2]),
          perChannel: tf.sum(y, [0, 1, 2]),
          perPixel: tf.sum(y, [0, 3]),
          kept: tf.sum(y, [0, 1, 2], true),
          means: tf.avgPool(y, 3, 2, 'same'),
          pairs: tf.avgPool(deep, 2, 2, 'valid'),
          maxima: tf.maxPool(y, 2, 2, 'valid'),
          sum: tf.addN([y, deep, both]),
        }
      })
      for (const [name, { cpu, onnx }] of Object.entries(found)) {
        expect(difference(cpu, onnx), name).toBeLessThan(3e-6)
      }
    },
  )

  it('pass NaN through relu to what reads it, and let relu follow each of two readers', async () => {
    const found = await onBoth(() => {
      const x = noise('x', 2, 6, 6, 16) as tf.Tensor4D
      const w = tf.mul(noise('w', 3, 3, 16, 16), tf.tensor1d([NaN, ...Array<number>(15).fill(1)]))
      const f = (x: tf.Tensor): tf.Tensor =>
        tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'))
      return { y: f(x), dx: tf.grad(f)(x) }
    })
    const nans = (xs: Float32Array): boolean[] => Array.from(xs, Number.isNaN)
    for (const [name, { cpu, onnx }] of Object.entries(found))
      expect(nans(onnx), name).toEqual(nans(cpu))
  })

  it('take strides, and images with channels first', async () => {
    const found = await onBoth(() => ({
      strided: tf.conv2d(
        noise('x', 2, 13, 11, 3) as tf.Tensor4D,
        noise('w', 5, 5, 3, 16) as tf.Tensor4D,
        [4, 3],
        'same',
      ),
      wide: tf.conv2d(
        noise('y', 2, 9, 11, 16) as tf.Tensor4D,
        noise('v', 3, 3, 16, 16) as tf.Tensor4D,
        2,
        'valid',
      ),
    }))
    for (const [name, { cpu, onnx }] of Object.entries(found)) {
      expect(difference(cpu, onnx), name).toBeLessThan(3e-6)
    }
    const x = noise('x', 2, 16, 6, 5) as tf.Tensor4D
    const w = noise('w', 3, 3, 16, 16) as tf.Tensor4D
    const first = tf.conv2d(x, w, 1, 'same', 'NCHW')
    // A bias along the last axis, which is none of channels.
    const sum = tf.add(first, noise('b', 5)).dataSync().slice()
    const last = tf.conv2d(tf.transpose(x, [0, 2, 3, 1]), w, 1, 'same')
    const expected = tf.add(tf.transpose(last, [0, 3, 1, 2]), noise('b', 5))
    expect(difference(sum, expected.dataSync())).toBeLessThan(1e-6)
  })

  it('are left for what they do not suit, and by a backend without blocks', async () => {
    const operators = async (channels: number, filters: number, side: number, dilation = 1) => {
      const open = vi.spyOn(onnx.runtime.sessions, 'open')
      const x = tf.zeros<tf.Rank.R4>([1, 12, 12, channels])
      const w = tf.zeros<tf.Rank.R4>([side, side, channels, filters])
      await tf.conv2d(x, w, 1, 'same', 'NHWC', dilation).data()
      const nodes = open.mock.calls.flatMap(
        ([bytes]) => proto.onnx.ModelProto.decode(bytes).graph!.node!,
      )
      open.mockRestore()
      return nodes.map((n) => n.domain)
    }
    const blocks = 'com.microsoft.nchwc'
    expect(await operators(16, 16, 3)).toContain(blocks)
    expect(await operators(16, 2, 3)).not.toContain(blocks)
    expect(await operators(18, 16, 3)).not.toContain(blocks)
    expect(await operators(16, 16, 1)).not.toContain(blocks)
    expect(await operators(16, 16, 3, 2)).not.toContain(blocks)
    onnx = await useOnnx({ blocks: false })
    expect(await operators(16, 16, 3)).not.toContain(blocks)
    onnx = await useOnnx()
  })
})
