import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { registerOnnxBackend } from './index.js'
import { explain } from './run/sessions.js'
import { useOnnx } from './testing/onnx.test-suite.js'

describe('registerOnnxBackend says what is wrong', () => {
  it('with a provider that it does not know', async () => {
    await expect(registerOnnxBackend({ provider: 'webgqu' as 'webgpu' })).rejects.toThrow(
      /webgqu.*webgpu/s,
    )
  })

  it('with a provider that this build does not have', async () => {
    await expect(registerOnnxBackend({ provider: 'cuda' })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('with a number of threads that cannot be', async () => {
    await expect(registerOnnxBackend({ threads: 0 })).rejects.toThrow(/threads.*not 0/)
    await expect(registerOnnxBackend({ threads: 1.5 })).rejects.toThrow(/threads.*not 1.5/)
  })

  it('with the reason of a failed run, and what to do when memory is short', () => {
    expect(
      explain(new Error('Failed to allocate memory for requested buffer'), 'cpu').message,
    ).toMatch(/ran out of memory on the cpu provider.*smaller batch/)
    expect(explain(new Error('x'), 'webgpu').message).toMatch(/failed on the webgpu provider: x/)
  })

  it('with the size of an array that there is no memory for, and continues', async () => {
    await useOnnx()
    const huge = () =>
      tf.tidy(() => tf.add(tf.zeros([200_000, 1]), tf.zeros([1, 200_000])).dataSync())
    expect(huge).toThrow(/no memory for 40000000000 values of float32 \(160.0 GB\)/)
    expect(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).arraySync())).toEqual([2, 3])
  })

  it('registers twice, with other options', async () => {
    const first = await useOnnx({ threads: 1 })
    const second = await useOnnx({ threads: 2 })
    expect(second).not.toBe(first)
    expect(second.options.threads).toBe(2)
    expect(tf.add(tf.scalar(1), 2).dataSync()[0]).toBe(3)
  })

  it('keeps the current backend when it fails', async () => {
    await useOnnx()
    await expect(registerOnnxBackend({ provider: 'cuda' })).rejects.toThrow()
    expect(tf.add(tf.scalar(1), 2).dataSync()[0]).toBe(3)
  })
})
