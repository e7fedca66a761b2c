import type { JsonOf } from '@retable/core'
import type { Tier } from '@retable/harness'
import type { AlexNetOptions, Initialization } from '@retable/models'
import type { LearningSettings } from '../shared-plan.js'
import { cifar10Data, imagenetData, syntheticData } from '../tiers/tier-data.js'
import type { TrainAndTest } from '../tiers/tier-data.js'
import type { PixelScale } from '../units/input.js'

/** What a tier decides. The same for all tables of these nets, which share them. */
export type AlexNetSettings = TrainAndTest &
  LearningSettings & {
    /** side of the central square that crops come from, in pixels; the paper's is 256 */
    readonly square: number
    /** side of the crop and of the net's input; the paper's is 224 */
    readonly crop: number
    readonly classes: number
    readonly widthScale: number
    /** the first layer where images are small; null: the paper's 11×11, stride 4 */
    readonly firstLayer: JsonOf<NonNullable<AlexNetOptions['firstLayer']>> | null
    readonly initialization: Extract<Initialization, string>
    /** where the biases of conv2, conv4, conv5 and the hidden FC layers start; the paper's is 1 */
    readonly biasInit: number
    readonly pixels: PixelScale
    /** the first so many images; 0: all */
    readonly limit: number
    readonly testLimit: number
    /** training error in percent that counts as converged, for how long dropout takes */
    readonly converged: number
  }

/** What the command line may change in these tables. */
export const alexnetOverrides = {
  steps: { help: 'updates a net', takes: 'count' },
  limit: { help: 'training images used (0: all)', takes: 'limit' },
  testLimit: { help: 'test images used (0: all)', takes: 'limit' },
} as const

const reduced = {
  square: 32,
  crop: 28,
  classes: 10,
  widthScale: 1 / 8,
  firstLayer: { kernelSize: 5, strides: 1, padding: 2 },
  initialization: 'he',
  biasInit: 0.1,
  pixels: 'unit-variance',
  schedule: 'cosine',
  clipNorm: 1,
  limit: 0,
} as const

/** The tiers of all tables of these nets, quickest first: the nets are the same ones. */
export const alexnetTiers: readonly Tier<AlexNetSettings>[] = [
  {
    name: 'synthetic',
    describe: 'synthetic images of 32 pixels, sizes and widths an eighth of the paper’s',
    seeds: [1],
    length: { setting: 'steps', least: 100 },
    settings: {
      ...reduced,
      ...syntheticData,
      batchSize: 32,
      steps: 200,
      learningRate: 0.02,
      testLimit: 500,
      converged: 70,
    },
  },
  {
    name: 'cifar10',
    describe: 'CIFAR-10, sizes and widths an eighth of the paper’s',
    seeds: [1, 2, 3, 4, 5],
    length: { setting: 'steps', least: 300 },
    settings: {
      ...reduced,
      ...cifar10Data,
      // As VGG's reduced nets, by the trials that vgg/tiers.ts names.
      batchSize: 128,
      steps: 3000,
      learningRate: 0.03,
      testLimit: 0,
      converged: 60,
    },
  },
  {
    name: 'imagenet',
    paper: true,
    describe: 'ILSVRC-2012 as the paper trains and tests on it',
    seeds: [1, 2, 3],
    length: { setting: 'steps', least: 100_000 },
    settings: {
      ...imagenetData,
      square: 256,
      crop: 224,
      classes: 1000,
      widthScale: 1,
      firstLayer: null,
      initialization: 'paper',
      biasInit: 1,
      pixels: 'levels',
      batchSize: 128,
      // 90 epochs of 1,281,167 images, to the nearest thousand
      steps: 901_000,
      learningRate: 0.01,
      schedule: 'plateau',
      clipNorm: null,
      limit: 0,
      testLimit: 0,
      converged: 50,
    },
  },
]
