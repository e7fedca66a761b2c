import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { requireBackend, valueAndGrads } from './index.js'

test('without a backend the error says how to get one; with one there is none', async () => {
  expect(() => requireBackend()).toThrow("call await useBackend('auto') of @retable/backends first")
  expect(() => valueAndGrads(() => tf.scalar(1), {})).toThrow('no TensorFlow.js backend')
  await import('@tensorflow/tfjs-backend-cpu')
  requireBackend()
})
