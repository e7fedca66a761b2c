import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { difference, noise, onBoth, useOnnx } from './testing/onnx.test-suite.js'

const close = async (make: () => tf.Tensor | Record<string, tf.Tensor>): Promise<void> => {
  const found = await onBoth(() => {
    const made = make()
    return made instanceof tf.Tensor ? { result: made } : made
  })
  for (const [name, { cpu, onnx }] of Object.entries(found)) {
    expect(difference(cpu, onnx), name).toBeLessThan(2e-6)
  }
}

const conv = (x: tf.Tensor, filters: number, name = 'w'): tf.Tensor4D =>
  tf.conv2d(x as tf.Tensor4D, noise(name, 3, 3, x.shape[3]!, filters) as tf.Tensor4D, 1, 'same')

describe('layouts: chains in which NCHW is kept between kernels give the numbers of NHWC', () => {
  beforeAll(() => useOnnx())
  const image = (): tf.Tensor4D => noise('image', 2, 6, 5, 3) as tf.Tensor4D

  it('bias by channel, by image, by pixel, and a scalar', () =>
    close(() => {
      const y = conv(image(), 4)
      return {
        channel: tf.add(y, noise('b', 4)),
        image: tf.add(y, noise('i', 2, 1, 1, 1)),
        pixel: tf.mul(y, noise('p', 6, 5, 1)),
        row: tf.mul(y, noise('r', 5, 4)),
        scalar: tf.sub(tf.scalar(2), y),
      }
    }))

  it('two convolutions added, and one added to an image in NHWC', () =>
    close(() => ({
      both: tf.add(conv(image(), 3, 'a'), conv(image(), 3, 'b')),
      mixed: tf.add(conv(image(), 3), image()),
    })))

  it('concatenation, split, slice and padding along each axis', () =>
    close(() => {
      const y = conv(image(), 4)
      const found: Record<string, tf.Tensor> = {}
      for (let axis = 0; axis < 4; axis++) {
        found[`concat${axis}`] = tf.concat([y, tf.neg(y)], axis)
        const begin = [0, 0, 0, 0]
        begin[axis] = 1
        found[`slice${axis}`] = tf.slice(y, begin)
        const pads: [number, number][] = [[0, 0], [0, 0], [0, 0], [0, 0]] // prettier-ignore
        pads[axis] = [2, 1]
        found[`pad${axis}`] = tf.pad(y, pads, 3)
      }
      const [head, tail] = tf.split(y, [1, 3], 3)
      return { ...found, head: head!, tail: tail!, rows: tf.split(y, 3, 1)[2]! }
    }))

  it('reductions over every set of axes, with and without keeping them', () =>
    close(() => {
      const y = conv(image(), 4)
      const found: Record<string, tf.Tensor> = {}
      for (let set = 1; set < 16; set++) {
        const axes = [0, 1, 2, 3].filter((a) => set & (1 << a))
        for (const keep of [true, false]) {
          found[`sum ${axes} ${keep}`] = tf.sum(y, axes, keep)
          found[`max ${axes} ${keep}`] = tf.max(y, axes, keep)
        }
      }
      return { ...found, arg: tf.cast(tf.argMax(y, 3), 'float32') }
    }))

  it('transposes of transposes, by themselves and into a product', () =>
    close(() => {
      const y = conv(image(), 4)
      const turned = tf.transpose(y, [3, 1, 0, 2])
      const a = noise('a', 4, 7)
      return {
        turned,
        back: tf.transpose(turned, [2, 1, 3, 0]),
        again: tf.transpose(tf.transpose(y, [0, 2, 1, 3]), [3, 2, 1, 0]),
        product: tf.matMul(tf.transpose(a), noise('b', 4, 3)),
        both: tf.matMul(tf.transpose(a), tf.transpose(noise('c', 3, 4))),
        twice: tf.matMul(tf.transpose(a), noise('c', 3, 4), false, true),
      }
    }))

  it('reshapes of what is in NCHW', () =>
    close(() => {
      const y = tf.maxPool(conv(image(), 4), 2, 2, 'valid')
      return { flat: tf.reshape(y, [2, -1]), other: tf.reshape(y, [4, 2, 6]) }
    }))

  it('batch normalization, LRN, pools and a resize in a row', () =>
    close(() => {
      const y = tf.batchNorm(conv(image(), 4), noise('m', 4), tf.abs(noise('v', 4)))
      const n = tf.localResponseNormalization(y as tf.Tensor4D, 2, 2, 0.1, 0.75)
      return tf.avgPool(tf.image.resizeBilinear(tf.relu(n), [9, 7]), 3, 2, 'same')
    }))
})
