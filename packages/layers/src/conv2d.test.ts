import { createRandom } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { checkGradients } from './check-gradients.test-suite.js'
import { constant, conv2d, normal } from './index.js'
import type { Conv2dOptions } from './index.js'

const ctx = { training: false }
const image = (rows: readonly (readonly number[])[]) =>
  tf.tensor4d([rows.map((row) => row.map((value) => [value]))])
const plane = (y: tf.Tensor) => (y.arraySync() as number[][][][])[0]!.map((r) => r.map((c) => c[0]))

const counting = () =>
  image([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ])
const kernel = () => tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1])

describe('by hand', () => {
  test('a 2×2 kernel on 3×3: cross-correlation, not turned round', () => {
    const layer = conv2d({ name: 'c', filters: 1, kernelSize: 2 })
    const y = layer.apply({ 'c/kernel': kernel(), 'c/bias': tf.tensor1d([10]) }, counting(), ctx)
    // 1·1 + 2·2 + 3·4 + 4·5 = 37, and so on along the rows; + 10
    expect(plane(y)).toEqual([
      [47, 57],
      [77, 87],
    ])
  })

  test('padding [[1, 0], [0, 1]]: a row of zeros above, a column of zeros on the right', () => {
    const layer = conv2d({
      name: 'c',
      filters: 1,
      kernelSize: 2,
      useBias: false,
      padding: [
        [1, 0],
        [0, 1],
      ],
    })
    const y = layer.apply({ 'c/kernel': kernel() }, counting(), ctx)
    // first row: only 3·a + 4·b of the lower kernel row; last column: only the kernel's left column
    expect(plane(y)).toEqual([
      [3 * 1 + 4 * 2, 3 * 2 + 4 * 3, 3 * 3],
      [37, 47, 1 * 3 + 3 * 6],
      [67, 77, 1 * 6 + 3 * 9],
    ])
  })

  test("'same' with an even kernel pads below and to the right", () => {
    const layer = conv2d({ name: 'c', filters: 1, kernelSize: 2, useBias: false, padding: 'same' })
    expect(plane(layer.apply({ 'c/kernel': kernel() }, counting(), ctx))).toEqual([
      [37, 47, 21],
      [67, 77, 33],
      [23, 26, 9],
    ])
  })

  test('stride 2 takes every other place', () => {
    const layer = conv2d({ name: 'c', filters: 1, kernelSize: 1, strides: 2, useBias: false })
    const y = layer.apply({ 'c/kernel': tf.tensor4d([2], [1, 1, 1, 1]) }, counting(), ctx)
    expect(plane(y)).toEqual([
      [2, 6],
      [14, 18],
    ])
  })

  test('two groups: the first filters see the first channels, the second the second', () => {
    const layer = conv2d({ name: 'c', filters: 4, kernelSize: 1, groups: 2, useBias: false })
    const x = tf.tensor4d([1, 10, 100, 1000], [1, 1, 1, 4])
    // kernel [1, 1, 2, 4]: rows are the two channels of a group, columns the four filters
    const weights = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 4])
    const y = layer.apply({ 'c/kernel': weights }, x, ctx)
    expect([...y.dataSync()]).toEqual([51, 62, 7300, 8400])
  })
})

describe('against central differences', () => {
  test.each<[string, Partial<Conv2dOptions>, [number, number, number]]>([
    ['valid', {}, [4, 3, 2]],
    ['stride 2, same', { strides: 2, padding: 'same' }, [4, 5, 2]],
    ['two groups, padding 1', { groups: 2, padding: 1 }, [3, 3, 4]],
    [
      'lopsided padding',
      {
        strides: [1, 2],
        padding: [
          [0, 2],
          [1, 0],
        ],
      },
      [3, 4, 1],
    ],
  ])('%s', (_what, options, input) => {
    const layer = conv2d({
      name: 'c',
      filters: 2,
      kernelSize: 3,
      kernelInitializer: normal(0.5),
      biasInitializer: normal(0.5),
      ...options,
    })
    checkGradients({ layer, input })
  })
})

describe('shapes and parameters', () => {
  test("AlexNet's five convolutions have the paper's parameters", () => {
    const count = (options: Omit<Conv2dOptions, 'name'>, input: readonly number[]) => {
      const params = conv2d({ ...options, name: 'c' }).init(createRandom(1), input)
      return params['c/kernel']!.size + params['c/bias']!.size
    }
    expect(count({ filters: 96, kernelSize: 11, strides: 4 }, [227, 227, 3])).toBe(34_944)
    expect(count({ filters: 256, kernelSize: 5, groups: 2 }, [27, 27, 96])).toBe(307_456)
    expect(count({ filters: 384, kernelSize: 3 }, [13, 13, 256])).toBe(885_120)
    expect(count({ filters: 384, kernelSize: 3, groups: 2 }, [13, 13, 384])).toBe(663_936)
    expect(count({ filters: 256, kernelSize: 3, groups: 2 }, [13, 13, 384])).toBe(442_624)
  })

  test.each<[Partial<Conv2dOptions>, number[], number[]]>([
    [{ kernelSize: 11, strides: 4 }, [227, 227, 3], [55, 55, 8]],
    [{ kernelSize: 11, strides: 4, padding: 2 }, [224, 224, 3], [55, 55, 8]],
    [{ padding: 'same', strides: 2 }, [7, 8, 1], [4, 4, 8]],
    [{ kernelSize: [1, 3], padding: [0, 1] }, [5, 6, 1], [5, 6, 8]],
    [
      {
        padding: [
          [1, 2],
          [3, 4],
        ],
      },
      [5, 6, 1],
      [6, 11, 8],
    ],
  ])('%o: %o → %o', (options, input, expected) => {
    const layer = conv2d({ name: 'c', filters: 8, kernelSize: 3, ...options })
    expect(layer.outputShape(input)).toEqual(expected)
  })

  test('initializers are given their streams: kernel and bias draw apart', () => {
    const layer = conv2d({
      name: 'conv2',
      filters: 2,
      kernelSize: 1,
      kernelInitializer: normal(0.01),
      biasInitializer: constant(1),
    })
    const params = layer.init(createRandom(9), [3, 3, 2])
    const drawn = createRandom(9).stream('conv2', 'kernel').fillNormal(new Float32Array(4), 0, 0.01)
    expect(params['conv2/kernel']!.dataSync()).toEqual(drawn)
    expect([...params['conv2/bias']!.dataSync()]).toEqual([1, 1])
  })
})

describe('errors', () => {
  test.each<[Partial<Conv2dOptions>, string]>([
    [{ name: '' }, "a layer's name must be a string of at least one character"],
    [{ filters: 0 }, 'layer "c": filters must be an integer of at least 1, found 0'],
    [{ filters: 1.5 }, 'layer "c": filters must be an integer of at least 1, found 1.5'],
    [{ kernelSize: 0 }, 'layer "c": kernelSize must be an integer of at least 1, found 0'],
    [{ strides: [1, -1] }, 'layer "c": strides must be an integer of at least 1, found -1'],
    [{ padding: -1 }, 'layer "c": padding must be an integer of at least 0, found -1'],
    [{ padding: 'full' as 'same' }, `layer "c": padding must be 'valid', 'same'`],
    [{ kernelSize: [3, 3, 3] as never }, 'kernelSize must be a number or [height, width]'],
    [{ groups: 3 }, 'layer "c": filters must be a multiple of the 3 groups, found 4'],
  ])('%o', (options, message) => {
    expect(() => conv2d({ name: 'c', filters: 4, kernelSize: 3, ...options })).toThrow(message)
  })

  test('inputs that do not fit', () => {
    const layer = conv2d({ name: 'c', filters: 4, kernelSize: 5, groups: 2, padding: 1 })
    expect(() => layer.outputShape([2, 8, 2])).toThrow(
      'layer "c": an input of 2×8 (4×10 with its padding) is smaller than the window of 5×5',
    )
    expect(() => layer.outputShape([8, 8, 3])).toThrow(
      "the input's channels must be a multiple of the 2 groups, found 3",
    )
    expect(() => layer.outputShape([64])).toThrow('expected an input of [height, width, channels]')
    expect(() => layer.apply({}, tf.zeros([3]), ctx)).toThrow('expected a batch of rank 2 or more')
  })

  test('parameters that are not its own', () => {
    const layer = conv2d({ name: 'c', filters: 4, kernelSize: 1 })
    const x = tf.zeros([1, 2, 2, 3])
    expect(() => layer.apply({}, x, ctx)).toThrow('the parameters have no entry "c/kernel"')
    expect(() =>
      layer.apply({ 'c/kernel': tf.zeros([4, 3, 1, 1]), 'c/bias': tf.zeros([4]) }, x, ctx),
    ).toThrow('parameter "c/kernel" has shape [4,3,1,1], expected [1,1,3,4]')
  })

  test('an initializer of the wrong size', () => {
    const layer = conv2d({
      name: 'c',
      filters: 4,
      kernelSize: 1,
      kernelInitializer: () => new Float32Array(3),
    })
    expect(() => layer.init(createRandom(1), [2, 2, 3])).toThrow(
      'the initializer of kernel must give a Float32Array of 12 values, found 3 values',
    )
  })
})
