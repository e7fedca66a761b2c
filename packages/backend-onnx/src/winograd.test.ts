import * as tf from '@tensorflow/tfjs-core'
import { registerGradients } from '@retable/core'
import proto from 'onnx-proto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { OnnxBackend } from './backend.js'
import { difference, noise, onBoth, useOnnx } from './testing/onnx.test-suite.js'

describe('Winograd’s F(2×2, 3×3)', () => {
  let onnx: OnnxBackend
  beforeAll(async () => {
    onnx = await useOnnx()
    registerGradients()
  })

  it.each([
    [4, 4, 256, 256],
    [5, 3, 256, 320],
    [2, 3, 320, 256],
  ])(
    'gives the cpu backend’s convolution of %i × %i pixels, %i to %i channels, and both its gradients, to 1e-5',
    async (height, width, inputs, outputs) => {
      const found = await onBoth(() => {
        const x = noise('x', 1, height, width, inputs) as tf.Tensor4D
        const w = noise('w', 3, 3, inputs, outputs) as tf.Tensor4D
        const b = noise('b', outputs) as tf.Tensor1D
        const dy = noise('dy', 1, height, width, outputs)
        const f = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')
        const [dx, dw] = tf.grads(f)([x, w], dy)
        const fused = tf.fused.conv2d({
          x,
          filter: w,
          strides: 1,
          pad: 'same',
          bias: b,
          activation: 'relu',
        })
        return { y: f(x, w), dx: dx!, dw: dw!, fused, biased: tf.relu(tf.add(f(x, w), b)) }
      })
      for (const [name, { cpu, onnx }] of Object.entries(found)) {
        expect(difference(cpu, onnx), name).toBeLessThan(1e-5)
      }
    },
  )

  it('is left for what it does not suit: few channels, strides, other padding, large maps', () => {
    const open = vi.spyOn(onnx.runtime.sessions, 'open')
    const transformed = (
      height: number,
      channels: number,
      strides: number,
      pad: 'same' | 'valid',
    ) => {
      open.mockClear()
      const x = tf.zeros<tf.Rank.R4>([1, height, height, channels])
      tf.conv2d(x, tf.zeros<tf.Rank.R4>([3, 3, channels, 256]), strides, pad).dataSync()
      const nodes = open.mock.calls.flatMap(
        ([bytes]) => proto.onnx.ModelProto.decode(bytes).graph!.node!,
      )
      return nodes.some((n) => n.opType === 'Sum')
    }
    expect(transformed(4, 256, 1, 'same')).toBe(true)
    expect(transformed(4, 128, 1, 'same')).toBe(false)
    expect(transformed(4, 256, 2, 'same')).toBe(false)
    expect(transformed(6, 256, 1, 'valid')).toBe(false)
    expect(transformed(30, 256, 1, 'same')).toBe(false)
  })
})
