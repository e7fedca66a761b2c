import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { gradientConfigs } from '../generated/tfjs-gradients.js'
import { registerGradients } from './gradients.js'

/** The kernels of a training step of AlexNet or VGG that gradients flow through. */
const needed = [
  ...['Add', 'Multiply', 'Sub', 'RealDiv', 'Square', 'Sqrt', 'Pow', 'Exp', 'Log', 'Neg', 'Cast'],
  ...['Conv2D', 'BatchMatMul', 'MaxPool', 'AvgPool', 'LRN', 'Relu', 'Tanh', 'Softmax'],
  ...['LogSoftmax', 'Sum', 'Max', 'Mean', 'Reshape', 'Transpose', 'Concat', 'SplitV', 'PadV2'],
  ...['Slice', 'Identity'],
]

test('registers the gradients that tfjs-core leaves out, once, and keeps what is there', () => {
  // What the package needs of the tfjs-core that is installed: its bundle for Node registers none of its own.
  const own: tf.GradConfig = {
    kernelName: 'Square',
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({
      x: () => tf.mul(dy as tf.Tensor, tf.mul(saved[0]!, 2)),
    }),
  }
  if (!tf.getGradient('Square')) tf.registerGradient(own)
  const square = tf.getGradient('Square')

  registerGradients()
  registerGradients()
  expect(tf.getGradient('Square')).toBe(square)
  const absent = needed.filter((kernel) => !tf.getGradient(kernel))
  expect(absent).toEqual([])
  expect(gradientConfigs.length).toBeGreaterThan(needed.length)
  for (const { kernelName } of gradientConfigs) expect(tf.getGradient(kernelName)).toBeTruthy()
})

test('tf.grad works afterwards', () => {
  registerGradients()
  const slope = tf.grad((x) => tf.sum(tf.mul(x, tf.square(x))))(tf.tensor1d([1, 2]))
  expect([...slope.dataSync()]).toEqual([3, 12])
})
