import { createRandom, registerGradients } from '@retable/core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conv2d, maxPool, type Layer, type Padding } from './index.js'

const refused = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MaxPool', 'MaxPoolGrad']

/** A backend of tfjs-node's name that, like it, refuses rows and columns of padding. */
beforeAll(() => {
  registerGradients()
  tf.registerBackend('tensorflow', () => new MathBackendCPU())
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    tf.registerKernel({
      ...kernel,
      backendName: 'tensorflow',
      kernelFunc: (call) => {
        if (refused.includes(kernel.kernelName)) {
          const { pad } = call.attrs as { pad?: unknown }
          if (pad !== 'valid' && pad !== 'same') throw new Error(`${kernel.kernelName}: EXPLICIT`)
        }
        return kernel.kernelFunc(call)
      },
    })
  }
})
afterAll(() => {
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
    tf.unregisterKernel(kernelName, 'tensorflow')
  }
  tf.removeBackend('tensorflow')
})

const on = async (backend: string, layer: Layer): Promise<number[][]> => {
  await tf.setBackend(backend)
  const values = createRandom('x').fillNormal(new Float32Array(2 * 9 * 11 * 4))
  const x = tf.tensor4d(values, [2, 9, 11, 4])
  const params = layer.init(createRandom(1), [9, 11, 4])
  const before = tf.memory().numTensors
  const y = layer.apply(params, x, { training: false })
  expect(tf.memory().numTensors).toBe(before + 1)
  const grad = tf.grad((input) =>
    tf.sum(tf.square(layer.apply(params, input, { training: false }))),
  )(x)
  return [y, grad].map((tensor) => [...tensor.dataSync()])
}

const paddings: readonly Padding[] = [
  0,
  1,
  [2, 0],
  [
    [0, 1],
    [2, 1],
  ],
]

describe('a backend that takes no explicit padding gives what the others give', () => {
  it.each(paddings.flatMap((padding) => [1, 2].map((stride) => [padding, stride] as const)))(
    'padding %j, stride %i',
    async (padding, stride) => {
      const layers = [
        conv2d({ name: 'c', filters: 4, kernelSize: 3, strides: stride, padding, groups: 2 }),
        maxPool({ size: 3, stride, padding }),
      ]
      for (const layer of layers)
        expect(await on('tensorflow', layer)).toEqual(await on('cpu', layer))
    },
  )
})
