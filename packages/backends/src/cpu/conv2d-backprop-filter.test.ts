import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { createRandom } from '@retable/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useBackend } from '../index.js'

const name = 'Conv2DBackpropFilter'
// tfjs's own, taken before useBackend replaces it.
const theirs = tf.getKernel(name, 'cpu').kernelFunc

const bitsOf = (tensor: tf.TensorInfo): Uint32Array =>
  new Uint32Array((tf.backend().readSync(tensor.dataId) as Float32Array).slice().buffer)

beforeAll(async () => {
  await useBackend('cpu')
})

describe('the gradient of a filter on cpu', () => {
  it('is a kernel of our own after useBackend', () => {
    expect(tf.getKernel(name, 'cpu').kernelFunc).not.toBe(theirs)
  })

  it.each(Array.from({ length: 60 }, (_, i) => i))('has the bits of tfjs’s own, case %i', (i) => {
    const random = createRandom(i)
    const between = (least: number, most: number): number => least + random.int(most - least + 1)
    const [n, h, w, ci, co] = [
      between(1, 4),
      between(1, 9),
      between(1, 9),
      between(1, 5),
      between(1, 5),
    ]
    const filterShape = [between(1, Math.min(5, h)), between(1, Math.min(5, w)), ci, co] as const
    const strides: [number, number] = [between(1, 3), between(1, 3)]
    const first = i % 4 === 0
    const dataFormat = first ? 'NCHW' : 'NHWC'
    const edges: [number, number][] = [
      [random.int(3), random.int(3)],
      [random.int(3), random.int(3)],
    ]
    const pad = [
      'same' as const,
      'valid' as const,
      (first
        ? [[0, 0], [0, 0], ...edges]
        : [[0, 0], ...edges, [0, 0]]) as tf.backend_util.ExplicitPadding,
    ][i % 3]!
    const shape: [number, number, number, number] = first ? [n, ci, h, w] : [n, h, w, ci]
    const rounding = typeof pad === 'string' ? undefined : ('floor' as const)
    const info = tf.backend_util.computeConv2DInfo(
      shape,
      [...filterShape],
      strides,
      1,
      pad,
      rounding,
      false,
      tf.backend_util.convertConv2DDataFormat(dataFormat),
    )
    const drawn = (size: readonly number[]): tf.Tensor =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape([...size]) }, () => random.normal()),
        [...size],
      )
    const inputs = { x: drawn(shape), dy: drawn(info.outShape) }
    const attrs = {
      strides,
      pad,
      dataFormat,
      dimRoundingMode: rounding,
      filterShape: [...filterShape],
    }
    const call = (kernel: tf.KernelFunc): Uint32Array =>
      bitsOf(
        kernel({
          inputs,
          attrs: attrs as unknown as tf.NamedAttrMap,
          backend: tf.backend(),
        }) as tf.TensorInfo,
      )
    expect(call(tf.getKernel(name, 'cpu').kernelFunc)).toEqual(call(theirs))
    tf.dispose(inputs)
  })
})
