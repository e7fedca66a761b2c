import { existsSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { valueAndGrads } from '@retable/core'
import { describe, expect, it } from 'vitest'
import { difference, noise, onBoth, useOnnx } from './testing/onnx.test-suite.js'

/** SwiftShader, which Debian's chromium brings, is a GPU in software: slow, and good enough to be right on. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'
/** Vulkan's loader, Debian's libvulkan1; chromium's own is found where LD_LIBRARY_PATH says so. */
const loaders = [
  ...(process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean),
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
].map((folder) => `${folder}/libvulkan.so.1`)
const missing = !existsSync(swiftShader)
  ? swiftShader
  : loaders.some((file) => existsSync(file))
    ? null
    : 'libvulkan.so.1'
const found = missing === null
const reason = found ? '' : ` (skipped: ${missing} is not there)`

describe.skipIf(!found)(`the webgpu provider${reason}`, () => {
  it.each([
    ['overlapping', 3, 2],
    ['apart', 2, 2],
  ] as const)(
    "has the cpu backend's gradients of a small net whose pools are %s",
    async (_name, size, stride) => {
      process.env['VK_ICD_FILENAMES'] = swiftShader
      await useOnnx({ provider: 'webgpu' })
      const both = await onBoth(() => {
        const x = noise('x', 2, 13, 13, 3) as tf.Tensor4D
        const params = { first: noise('first', 3, 3, 3, 8), second: noise('second', 3, 3, 8, 4) }
        const { value, grads } = valueAndGrads((p) => {
          let h = tf.relu(tf.conv2d(x, p['first'] as tf.Tensor4D, 2, 'same'))
          h = tf.localResponseNormalization(h, 2, 2, 1e-4, 0.75)
          h = tf.maxPool(h, size, stride, 'valid')
          return tf.sum(tf.square(tf.conv2d(h, p['second'] as tf.Tensor4D, 1, 'same')))
        }, params)
        return { value, ...grads }
      })
      for (const [name, { cpu, onnx }] of Object.entries(both))
        expect(difference(cpu, onnx), name).toBeLessThan(1e-4)
    },
    120_000,
  )
})
