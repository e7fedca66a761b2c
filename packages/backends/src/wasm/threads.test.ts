import { createRandom } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { useBackend } from '../index.js'
import { wasmThreads } from './threads.js'

test('as many threads as are asked for, or one per core, and no more than four', () => {
  expect([undefined, 1, 2, 4, 64].map((asked) => wasmThreads(asked, 2))).toEqual([2, 1, 2, 4, 4])
  expect(wasmThreads(undefined, 16)).toBe(4)
})

interface Emscripten {
  readonly tfjs: { getThreadsCount(): number }
  readonly PThread?: { readonly runningWorkers: readonly unknown[] }
}

test('wasm computes on the threads asked for, and any number gives the same bits', async () => {
  const values = (...shape: readonly number[]): Float32Array => {
    const random = createRandom('threads').stream(...shape)
    return Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.normal())
  }
  const images = values(4, 24, 24, 16)
  const kernel = values(3, 3, 16, 40)
  const matrix = values(24 * 24 * 40, 30)
  const found: Record<number, Float32Array> = {}
  for (const threads of [1, 2, 3, 4]) {
    const { why } = await useBackend('wasm', { threads })
    const { wasm } = tf.backend() as unknown as { readonly wasm: Emscripten }
    expect(why).toBe(`asked for (SIMD, ${threads} thread${threads === 1 ? '' : 's'})`)
    expect(wasm.tfjs.getThreadsCount()).toBe(threads)
    // The calling thread is one of them.
    expect(wasm.PThread?.runningWorkers.length ?? 0).toBe(threads - 1)
    found[threads] = tf.tidy(() => {
      const maps = tf.conv2d(
        tf.tensor4d(images, [4, 24, 24, 16]),
        tf.tensor4d(kernel, [3, 3, 16, 40]),
        1,
        'same',
      )
      const flat = tf.reshape(maps, [4, -1])
      return tf.matMul(flat, tf.tensor2d(matrix, [24 * 24 * 40, 30])).dataSync() as Float32Array
    })
  }
  for (const threads of [2, 3, 4]) expect(found[threads]).toEqual(found[1])
})
