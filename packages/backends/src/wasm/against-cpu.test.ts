import * as tf from '@tensorflow/tfjs-core'
import { createRandom, registerGradients } from '@retable/core'
import type { Random } from '@retable/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useBackend } from '../index.js'

/** One random case: shapes and settings, and what is computed from tensors of random values in these shapes. */
interface Case {
  readonly label: string
  readonly shapes: readonly (readonly number[])[]
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[]
  /** Values of the inputs, if uniform ones would not do. */
  readonly value?: (random: Random) => number
}

type Pad = 'same' | 'valid' | [[0, 0], [number, number], [number, number], [0, 0]]

const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]!
const between = (random: Random, least: number, most: number): number =>
  least + random.int(most - least + 1)

const randomPad = (random: Random): Pad =>
  pick<Pad>(random, [
    'same',
    'valid',
    [
      [0, 0],
      [random.int(4), random.int(4)],
      [random.int(4), random.int(4)],
      [0, 0],
    ],
  ])
const rounding = (pad: Pad) => (typeof pad === 'string' ? undefined : ('floor' as const))

const gradient = (f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] => {
  const y = f(...inputs)
  // A slope that differs from place to place.
  const dy = tf.reshape(tf.sin(tf.range(0, y.size)), y.shape)
  return [y, ...tf.grads(f)(inputs, dy)]
}

const convolution = (random: Random): Case => {
  const [n, h, w, ci, co] = [5, 12, 12, 9, 9].map((most) => between(random, 1, most)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const strides: [number, number] = [between(random, 1, 4), between(random, 1, 4)]
  const size = [between(random, 1, Math.min(6, h)), between(random, 1, Math.min(6, w))]
  const pad = randomPad(random)
  const channelsFirst = random.int(5) === 0
  const image = channelsFirst ? [n, ci, h, w] : [n, h, w, ci]
  const format = channelsFirst ? ('NCHW' as const) : ('NHWC' as const)
  const explicit =
    channelsFirst && typeof pad !== 'string' ? ([pad[0], pad[3], pad[1], pad[2]] as Pad) : pad
  return {
    label: `conv2d x ${image} w ${[...size, ci, co]} strides ${strides} pad ${JSON.stringify(pad)} ${format}`,
    shapes: [image, [...size, ci, co]],
    compute: (x, kernel) =>
      gradient(
        (a, b) =>
          tf.conv2d(
            a as tf.Tensor4D,
            b as tf.Tensor4D,
            strides,
            explicit,
            format,
            1,
            rounding(pad),
          ),
        [x, kernel],
      ),
  }
}

const dilatedConvolution = (random: Random): Case => {
  const [n, h, w] = [between(random, 1, 3), between(random, 6, 12), between(random, 6, 12)]
  const [ci, co] = [between(random, 1, 5), between(random, 1, 5)]
  const dilations: [number, number] = [between(random, 1, 2), between(random, 1, 2)]
  return {
    label: `dilated conv2d x ${[n, h, w, ci]} dilations ${dilations}`,
    shapes: [
      [n, h, w, ci],
      [3, 2, ci, co],
    ],
    compute: (x, kernel) =>
      tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same', 'NHWC', dilations),
  }
}

const maxPooling = (random: Random): Case => {
  const image = [
    between(random, 1, 4),
    between(random, 3, 12),
    between(random, 3, 12),
    between(random, 1, 9),
  ]
  const size: [number, number] = [between(random, 1, 3), between(random, 1, 3)]
  const strides: [number, number] = [between(random, 1, 4), between(random, 1, 4)]
  const pad = pick<'same' | 'valid'>(random, ['same', 'valid'])
  return {
    label: `maxPool ${image} size ${size} strides ${strides} ${pad}`,
    shapes: [image],
    compute: (x) => gradient((a) => tf.maxPool(a as tf.Tensor4D, size, strides, pad), [x]),
    // Few values, so that many windows hold their maximum twice.
    value: (r) => between(r, -2, 2),
  }
}

const normalization = (random: Random): Case => {
  const image = [
    between(random, 1, 3),
    between(random, 1, 6),
    between(random, 1, 6),
    between(random, 1, 12),
  ]
  const radius = between(random, 0, 4)
  const bias = pick(random, [1, 2, 0.5])
  const beta = pick(random, [0.75, 0.5, 1, 0.6])
  const alpha = pick(random, [1e-4, 0.1, 1])
  return {
    label: `localResponseNormalization ${image} radius ${radius} bias ${bias} alpha ${alpha} beta ${beta}`,
    shapes: [image],
    compute: (x) =>
      gradient(
        (a) => tf.localResponseNormalization(a as tf.Tensor4D, radius, bias, alpha, beta),
        [x],
      ),
    value: (r) => r.normal(0, 3),
  }
}

const product = (random: Random): Case => {
  const [m, k, n] = [40, 40, 40].map((most) => between(random, 1, most)) as [number, number, number]
  const [turnA, turnB] = [random.int(2) === 1, random.int(2) === 1]
  const batch = pick(random, [[], [1], [3], [1, 1]])
  return {
    label: `matMul ${m} ${k} ${n} ${turnA} ${turnB} batch ${batch}`,
    shapes: [
      [...batch, ...(turnA ? [k, m] : [m, k])],
      [...batch, ...(turnB ? [n, k] : [k, n])],
    ],
    compute: (a, b) => gradient((x, y) => tf.matMul(x, y, turnA, turnB), [a, b]),
  }
}

const randomShape = (random: Random, rank: number): number[] =>
  Array.from({ length: rank }, () => between(random, 1, 7))

const slicing = (random: Random): Case => {
  const shape = randomShape(random, between(random, 1, 6))
  const begin = shape.map((n) => random.int(n))
  const size = shape.map((n, i) =>
    random.int(3) === 0 ? n - begin[i]! : between(random, 0, n - begin[i]!),
  )
  return {
    label: `slice ${shape} from ${begin} size ${size}`,
    shapes: [shape],
    compute: (x) => [
      tf.slice(x, begin, size),
      tf.slice(tf.cast(x, 'int32'), begin, size),
      tf.slice(tf.greater(x, 0), begin, size),
    ],
    value: (r) => r.normal(0, 100),
  }
}

const joining = (random: Random): Case => {
  const shape = randomShape(random, between(random, 1, 5))
  const axis = random.int(shape.length)
  const parts = Array.from({ length: between(random, 1, 4) }, () =>
    shape.map((n, i) => (i === axis ? between(random, 0, 20) : n)),
  )
  const sizes = parts.map((part) => part[axis]!)
  return {
    label: `concat and split ${shape} along ${axis} in ${sizes}`,
    shapes: parts,
    compute: (...inputs) => {
      const whole = tf.concat(inputs, axis)
      const ints = tf.concat(
        inputs.map((t) => tf.cast(t, 'int32')),
        axis,
      )
      const bools = tf.concat(
        inputs.map((t) => tf.greater(t, 0)),
        axis,
      )
      const split = (t: tf.Tensor) => tf.split(t, sizes, axis)
      return [whole, ints, bools, ...split(whole), ...split(ints), ...split(bools)]
    },
    value: (r) => r.normal(0, 100),
  }
}

const summing = (random: Random): Case => {
  const shape = randomShape(random, between(random, 1, 5)).map((n) => n * between(random, 1, 3))
  const axes = shape.map((_, i) => i).filter(() => random.int(2) === 0)
  const leading = shape.map((_, i) => i).slice(0, between(random, 1, shape.length))
  return {
    label: `sum ${shape} over ${axes} and ${leading}`,
    shapes: [shape],
    compute: (x) => [
      tf.sum(x, leading),
      tf.sum(x, leading, true),
      tf.sum(x, axes.length > 0 ? axes : undefined),
    ],
    // Of one sign, so that a sum is not the small rest of large ones.
    value: (r) => r.uniform(),
  }
}

const families: Readonly<Record<string, readonly [(random: Random) => Case, number]>> = {
  'convolutions and their gradients': [convolution, 120],
  'dilated convolutions': [dilatedConvolution, 20],
  'max pools and their gradients, ties included': [maxPooling, 80],
  'local response normalization and its gradient': [normalization, 60],
  'matrix products and their gradients': [product, 80],
  slices: [slicing, 100],
  'concatenations and splits': [joining, 60],
  sums: [summing, 100],
}

/** What a case gives on the current backend, or the error. */
const outcome = async (one: Case, values: readonly Float32Array[]): Promise<Result> => {
  const inputs = one.shapes.map((shape, i) => tf.tensor(values[i]!, [...shape]))
  let outputs: tf.Tensor[] = []
  try {
    outputs = tf.tidy(() => {
      const out = one.compute(...inputs)
      return [...(out instanceof tf.Tensor ? [out] : out)]
    })
  } catch (error) {
    return { error: String(error) }
  } finally {
    tf.dispose(inputs)
  }
  const result = await Promise.all(
    outputs.map(async (t) => ({
      shape: t.shape,
      dtype: t.dtype,
      data: Array.from(await t.data()),
    })),
  )
  tf.dispose(outputs)
  return { result }
}

interface Result {
  readonly error?: string
  readonly result?: readonly { shape: number[]; dtype: string; data: number[] }[]
}

/** The greatest difference, against the greatest value. */
const difference = (a: readonly number[], b: readonly number[]): number => {
  const scale = Math.max(1e-6, ...b.map(Math.abs))
  return Math.max(0, ...a.map((v, i) => (Object.is(v, b[i]) ? 0 : Math.abs(v - b[i]!)))) / scale
}

beforeAll(() => {
  registerGradients()
})

describe.each([1, 2])('wasm with %i threads against cpu on random shapes', (threads) => {
  it.each(Object.entries(families))('%s', async (name, [make, count]) => {
    for (let i = 0; i < (threads === 1 ? count : count / 4); i++) {
      const random = createRandom(7).stream(name, threads, i)
      const one = make(random.stream('case'))
      const draw = random.stream('values')
      const value = one.value ?? ((r: Random) => r.uniform() * 2 - 1)
      const values = one.shapes.map((shape) =>
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => value(draw)),
      )
      await useBackend('cpu')
      const expected = await outcome(one, values)
      await useBackend('wasm', { threads })
      const held = tf.engine().backend.numDataIds()
      const found = await outcome(one, values)
      expect(tf.engine().backend.numDataIds(), `${one.label}: tensors left behind`).toBe(held)
      expect(Boolean(found.error), `${one.label}: ${found.error ?? ''}`).toBe(
        Boolean(expected.error),
      )
      expected.result?.forEach(({ shape, dtype, data }, k) => {
        const other = found.result![k]!
        expect(other.shape, one.label).toEqual(shape)
        expect(other.dtype, one.label).toBe(dtype)
        // float32 sums of up to 10⁵ values, added in another order.
        expect(difference(other.data, data), `${one.label}, output ${k}`).toBeLessThan(1e-5)
      })
    }
  })
})
