import type { Override, Tier } from '@retable/harness'
import type { Initialization } from '@retable/models'
import type { LearningSettings } from '../shared-plan.js'
import type { PixelScale } from '../units/input.js'
import { cifar10Data, imagenetData, syntheticData } from './tier-data.js'
import type { TrainAndTest } from './tier-data.js'

/** What a tier decides of the nets of either paper. */
export type NetSettings = TrainAndTest &
  LearningSettings & {
    /** side of the training crop and of the net's input, in pixels; the papers' is 224 */
    readonly crop: number
    readonly classes: number
    readonly widthScale: number
    readonly initialization: Extract<Initialization, string>
    readonly pixels: PixelScale
    /** the first so many images; 0: all */
    readonly limit: number
    readonly testLimit: number
  }

/** What the command line may change in the tables of either paper. */
export const netOverrides: Readonly<Record<'steps' | 'limit' | 'testLimit', Override>> = {
  steps: { help: 'updates per net', takes: 'count' },
  limit: { help: 'training images used (0: all)', takes: 'limit' },
  testLimit: { help: 'test images used (0: all)', takes: 'limit' },
}

const reduced = {
  crop: 28,
  classes: 10,
  widthScale: 1 / 8,
  initialization: 'he',
  pixels: 'unit-variance',
  schedule: 'cosine',
  clipNorm: 1,
  limit: 0,
} as const

const eighth = 'sizes and widths an eighth of the paper’s'

/** What the tiers of both papers have in common. A paper's list of tiers adds what is its own. */
export const synthetic: Tier<Omit<NetSettings, 'steps' | 'learningRate'>> = {
  name: 'synthetic',
  describe: `synthetic images, ${eighth}`,
  seeds: [1],
  length: { setting: 'steps', least: 100 },
  settings: { ...reduced, ...syntheticData, batchSize: 32, testLimit: 500 },
}

export const cifar10: Tier<Omit<NetSettings, 'learningRate'>> = {
  name: 'cifar10',
  describe: `CIFAR-10, ${eighth}`,
  seeds: [1, 2, 3, 4, 5],
  // Fewer leave the deepest nets at chance.
  length: { setting: 'steps', least: 300 },
  settings: { ...reduced, ...cifar10Data, batchSize: 128, steps: 3000, testLimit: 0 },
}

export const imagenet: Tier<Omit<NetSettings, 'batchSize' | 'steps'>> = {
  name: 'imagenet',
  paper: true,
  describe: 'ILSVRC-2012 as the paper trains and tests on it',
  seeds: [1, 2, 3],
  length: { setting: 'steps', least: 100_000 },
  settings: {
    ...imagenetData,
    crop: 224,
    classes: 1000,
    widthScale: 1,
    initialization: 'paper',
    pixels: 'levels',
    learningRate: 0.01,
    schedule: 'plateau',
    clipNorm: null,
    limit: 0,
    testLimit: 0,
  },
}
