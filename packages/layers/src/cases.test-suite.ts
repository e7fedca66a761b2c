import type { Layer, Shape } from './index.js'
import {
  adaptiveAvgPool,
  avgPool,
  conv2d,
  dense,
  dropout,
  flatten,
  heNormal,
  localResponseNorm,
  locallyConnected2d,
  maxPool,
  normal,
  relu,
  sequential,
  softmax,
  tanh,
  withinMapNorm,
} from './index.js'

/** Nested arrays of numbers. */
export type Nested = number | readonly Nested[]

/** One layer, and an input that it takes. A new layer's entry here puts it under the whole contract. */
export interface LayerCase {
  readonly what: string
  readonly make: () => Layer
  readonly input: Shape
  /** whether it draws from `ctx.random` in training */
  readonly draws?: true
  /** worked out by hand: a batch of any shape that the layer takes, parameters by their roles, and the output for it */
  readonly byHand?: {
    readonly x: Nested
    readonly params?: Readonly<Record<string, Nested>>
    readonly y: Nested
  }
  /** an input that it must refuse */
  readonly refuses?: Shape
}

const block = (name?: string) =>
  sequential(
    [
      conv2d({ name: 'conv', filters: 4, kernelSize: 3, padding: 'same' }),
      relu(),
      maxPool({ size: 2 }),
      flatten(),
      dropout({ name: 'drop', rate: 0.5 }),
      dense({ name: 'fc', units: 3 }),
    ],
    name === undefined ? {} : { name },
  )

export const layerCases: readonly LayerCase[] = [
  {
    what: 'withinMapNorm',
    make: () => withinMapNorm({ name: 'norm', size: 3, alpha: 0.9 }),
    input: [4, 3, 2],
    refuses: [24],
  },
  {
    what: 'adaptiveAvgPool',
    make: () => adaptiveAvgPool({ name: 'pool', size: 2 }),
    input: [5, 3, 2],
    refuses: [30],
  },
  {
    what: 'locallyConnected2d',
    make: () => locallyConnected2d({ name: 'local', filters: 3, kernelSize: 3, padding: 1 }),
    input: [4, 3, 2],
    refuses: [24],
  },
  {
    what: 'conv2d',
    make: () => conv2d({ name: 'c', filters: 3, kernelSize: 3 }),
    input: [6, 5, 2],
    refuses: [2, 5, 2],
  },
  {
    what: 'conv2d, same padding and stride 2',
    make: () => conv2d({ name: 'c', filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
    input: [6, 5, 2],
    refuses: [30],
  },
  {
    what: 'conv2d, explicit padding, rectangular, no bias',
    make: () =>
      conv2d({
        name: 'c',
        filters: 2,
        kernelSize: [3, 2],
        strides: [1, 2],
        padding: [
          [2, 0],
          [1, 2],
        ],
        useBias: false,
        kernelInitializer: normal(0.5),
      }),
    input: [4, 5, 2],
    refuses: [0, 5, 2],
  },
  {
    what: 'conv2d, two groups',
    make: () => conv2d({ name: 'c', filters: 4, kernelSize: 3, padding: 1, groups: 2 }),
    input: [4, 4, 6],
    refuses: [4, 4, 5],
  },
  {
    what: 'dense',
    make: () => dense({ name: 'd', units: 4, kernelInitializer: heNormal() }),
    input: [6],
    refuses: [2, 3],
  },
  {
    what: 'dense, two units',
    make: () => dense({ name: 'd', units: 2 }),
    input: [3],
    byHand: {
      x: [[1, 2, 3]],
      params: { kernel: [[1, 0], [0, 1], [10, -1]], bias: [0.5, 0] }, // prettier-ignore
      y: [[31.5, -1]],
    },
  },
  { what: 'maxPool', make: () => maxPool({ size: 2 }), input: [4, 6, 3], refuses: [4, 1, 3] },
  {
    what: 'maxPool, overlapping',
    make: () => maxPool({ name: 'pool1', size: 3, stride: 2 }),
    input: [7, 6, 2],
    refuses: [2, 2, 2],
  },
  {
    what: 'maxPool, same',
    make: () => maxPool({ size: 3, stride: 2, padding: 'same' }),
    input: [6, 5, 2],
    refuses: [6, 5],
  },
  {
    what: 'maxPool, padded',
    make: () => maxPool({ size: [3, 2], stride: [2, 1], padding: [1, 0] }),
    input: [6, 5, 2],
    refuses: [5, 1, 2],
  },
  {
    what: 'avgPool, overlapping and padded',
    make: () => avgPool({ size: 3, stride: 2, padding: 1 }),
    input: [6, 5, 2],
    refuses: [5],
  },
  {
    what: 'avgPool, padding counted',
    make: () => avgPool({ size: 3, stride: 2, padding: 1, countPadding: true }),
    input: [6, 5, 2],
    refuses: [5],
  },
  {
    what: 'relu',
    make: () => relu({ name: 'relu1' }),
    input: [3, 4, 2],
    byHand: { x: [[-2, 0, 3]], y: [[0, 0, 3]] },
  },
  {
    what: 'tanh',
    make: () => tanh({ name: 'tanh1' }),
    input: [7],
    // (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)
    byHand: { x: [[0, Math.log(2) / 2, -Math.log(3)]], y: [[0, 1 / 3, -4 / 5]] },
  },
  {
    what: 'softmax',
    make: () => softmax(),
    input: [5],
    refuses: [],
    byHand: { x: [[0, Math.log(3), Math.log(4)]], y: [[1 / 8, 3 / 8, 4 / 8]] },
  },
  { what: 'flatten', make: () => flatten(), input: [3, 4, 2] },
  {
    what: 'dropout, inverted',
    make: () => dropout({ name: 'drop', rate: 0.5 }),
    input: [5, 4, 3],
    draws: true,
  },
  {
    what: 'dropout, scale at test',
    make: () => dropout({ name: 'drop', rate: 0.3, form: 'scale-at-test' }),
    input: [40],
    draws: true,
  },
  {
    what: 'localResponseNorm, paper',
    make: () => localResponseNorm({ name: 'norm1', alpha: 0.1 }),
    input: [3, 3, 8],
    refuses: [8],
  },
  {
    what: 'localResponseNorm, pytorch, even size',
    make: () => localResponseNorm({ size: 4, alpha: 0.1, convention: 'pytorch' }),
    input: [3, 3, 8],
    refuses: [8],
  },
  { what: 'sequential', make: () => block(), input: [6, 6, 2], draws: true, refuses: [1, 1, 2] },
  {
    what: 'sequential, nested',
    make: () =>
      sequential([conv2d({ name: 'stem', filters: 2, kernelSize: 1 }), block('a')], {
        name: 'net',
      }),
    input: [6, 6, 2],
    draws: true,
    refuses: [6, 6],
  },
  { what: 'sequential of nothing', make: () => sequential([]), input: [3, 2] },
]
