import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { useOnnx } from './testing/onnx.test-suite.js'

it('lends a tensor’s numbers and keeps their memory; what is read is the reader’s for good', async () => {
  const onnx = await useOnnx()
  const made = () => tf.tidy(() => tf.add(tf.fill([64, 64], 1.5), 1))
  const bytesGivenBack = async (use: (tensor: tf.Tensor) => unknown): Promise<number> => {
    const tensor = made()
    await use(tensor)
    const before = onnx.memory().bytesInPool
    tensor.dispose()
    return onnx.memory().bytesInPool - before
  }
  let lent: number[] = []
  const look = (tensor: tf.Tensor) =>
    onnx.lend(tensor.dataId, (values) => (lent = [values.length, values[0]!, values.at(-1)!]))
  expect(await bytesGivenBack(look)).toBe(64 * 64 * 4)
  expect(lent).toEqual([4096, 2.5, 2.5])
  expect(await bytesGivenBack((tensor) => tensor.data())).toBe(0)
  const text = tf.tensor1d(['a'])
  expect(onnx.lend(text.dataId, () => expect.unreachable())).toBe(false)
  expect(onnx.lend({}, () => expect.unreachable())).toBe(false)
  text.dispose()
})
