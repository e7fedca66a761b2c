import type { Cited, Deviation, Tier, TierName, Unit } from '@retable/harness'
import type { DataRequest } from '../data/open-data.js'
import { evaluateNet, viewsOf } from '../units/evaluate-net.js'
import type { TestProtocol } from '../units/evaluate-net.js'
import type { PixelScale, TrainInput } from '../units/input.js'
import type { Learning } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import type { NetConfig } from '../units/net.js'
import { trainNet } from '../units/train-net.js'

/** What a tier decides. The same for all tables of these nets, which share them. */
export type AlexNetSettings = {
  readonly train: DataRequest
  readonly test: DataRequest
  /** side of the central square that crops come from, in pixels; the paper's is 256 */
  readonly square: number
  /** side of the crop and of the net's input; the paper's is 224 */
  readonly crop: number
  readonly classes: number
  readonly widthScale: number
  /** the first layer where images are small; null: the paper's 11×11, stride 4 */
  readonly firstLayer: NonNullable<NetConfig['firstLayer']> | null
  readonly initialization: NetConfig['initialization']
  /** where the biases of conv2, conv4, conv5 and the hidden FC layers start; the paper's is 1 */
  readonly biasInit: number
  readonly pixels: PixelScale
  readonly batchSize: number
  /** updates a net */
  readonly steps: number
  readonly learningRate: number
  /** how the rate falls: along a cosine, or ÷10 on a plateau of the validation error */
  readonly schedule: 'cosine' | 'plateau'
  /** the first so many images; 0: all */
  readonly limit: number
  readonly testLimit: number
  /** training error in percent that counts as converged, for how long dropout takes */
  readonly converged: number
}

/** What is left out of the net, or of its training, or put in place of it (§3, §4). */
export type Change =
  | 'none'
  | 'lrn'
  | 'overlapping-pooling'
  | 'two-gpus'
  | 'pca-colour'
  | 'conv2'
  | 'conv3'
  | 'conv4'
  | 'conv5'
  | 'augmentation'
  | 'dropout'

const netOf = (change: Change, settings: AlexNetSettings): NetConfig => {
  const { classes, crop, widthScale, initialization, biasInit, firstLayer } = settings
  const whole: NetConfig = {
    name: 'alexnet-two-tower',
    classes,
    inputSize: crop,
    widthScale,
    initialization,
    biasInit,
    dropout: 0.5,
    ...(firstLayer && { firstLayer }),
  }
  switch (change) {
    case 'lrn':
      return { ...whole, localResponseNorm: false }
    case 'overlapping-pooling':
      return { ...whole, overlappingPooling: false }
    case 'two-gpus':
      return { ...whole, name: 'alexnet-one-gpu' }
    case 'conv2':
    case 'conv3':
    case 'conv4':
    case 'conv5':
      return { ...whole, omitLayers: [change] }
    case 'dropout':
      return { ...whole, dropout: 0 }
    case 'none':
    case 'pca-colour':
    case 'augmentation':
      return whole
    default:
      return change satisfies never
  }
}

const inputOf = (change: Change, { square, crop, pixels }: AlexNetSettings): TrainInput => {
  const whole: TrainInput = {
    scale: [square, square],
    crop,
    flip: 0.5,
    colour: true,
    pixels,
    square: true,
    mean: 'image',
  }
  switch (change) {
    case 'pca-colour':
      return { ...whole, colour: false }
    case 'augmentation':
      return { ...whole, flip: 0, place: 'centre' }
    default:
      return whole
  }
}

/** Epochs without a better validation error before the rate falls; the paper does not say. */
const plateauPatience = 5

const learningOf = ({ batchSize, steps, learningRate, schedule }: AlexNetSettings): Learning => ({
  batchSize,
  length: { steps },
  optimizer: { kind: 'sgd', form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
  rate:
    schedule === 'cosine'
      ? { kind: 'cosine', rate: learningRate, warmup: 0.1 }
      : {
          kind: 'plateau',
          rate: learningRate,
          factor: 0.1,
          patience: plateauPatience,
          watch: 'validationTop1',
          times: 3,
        },
  stopAfter: null,
})

/** A trained net, with a change or without; `member`: the k-th further net of the seed, 0 for its own. */
export const trained = (
  change: Change,
  settings: AlexNetSettings,
  seed: number,
  member: number = 0,
): Unit => {
  const net = netOf(change, settings)
  return trainNet({
    label:
      (change === 'none' ? 'AlexNet' : `AlexNet without ${change}`) +
      (member > 0 ? `, net ${member + 1}` : ''),
    seed,
    cost: multiplyAdds(net) * 3 * settings.steps * settings.batchSize,
    config: {
      net,
      data: settings.train,
      limit: settings.limit || null,
      validation: 0,
      ...(settings.schedule === 'plateau' && { validationData: settings.test }),
      input: inputOf(change, settings),
      learning: learningOf(settings),
      startFrom: null,
      ...(member > 0 && { member }),
    },
  })
}

const imagesIn = (data: DataRequest): number => (data.set === 'imagenet' ? 50_000 : 10_000)

/** The test of a trained net on ten crops or the central one; `of: 'train'` on half as many training images. */
export const tested = (
  change: Change,
  views: 'ten-crop' | 'centre-crop',
  settings: AlexNetSettings,
  seed: number,
  { of = 'test', member = 0 }: { readonly of?: 'test' | 'train'; readonly member?: number } = {},
): Unit => {
  const net = netOf(change, settings)
  const unit = trained(change, settings, seed, member)
  const { crop, square, pixels, testLimit } = settings
  const protocol: TestProtocol = { kind: views, size: crop }
  const most = of === 'train' ? Math.ceil((testLimit || imagesIn(settings.test)) / 2) : testLimit
  return evaluateNet({
    label: `${unit.label}, ${views}${of === 'train' ? ', training images' : ''}`,
    seed,
    cost: multiplyAdds(net) * viewsOf(protocol, square, crop) * (most || imagesIn(settings[of])),
    needs: { net: unit },
    config: {
      net,
      data: settings[of],
      limit: most || null,
      scale: square,
      square: true,
      pixels,
      protocol,
    },
  })
}

/** How the nets learn and are tested. */
export const alexnetProtocol: Readonly<Record<string, Cited>> = {
  input: {
    value: 'shorter side 256, central 256×256, the training set’s mean image subtracted',
    cite: '§2',
  },
  augmentation: { value: 'random 224×224 crops and their mirror images; PCA colour', cite: '§4.1' },
  'PCA colour': { value: 'α ~ N(0, 0.1) once an image and use', cite: '§4.1' },
  dropout: { value: '0.5 in the first two FC layers', cite: '§4.2' },
  'batch size': { value: 128, cite: '§5' },
  momentum: { value: 0.9, cite: '§5' },
  'weight decay': { value: 5e-4, cite: '§5' },
  'learning rate': {
    value: '10⁻², divided by 10 three times when the validation error stops improving',
    cite: '§5',
  },
  length: { value: 'about 90 epochs', cite: '§5' },
  initialization: {
    value: 'N(0, 0.01²); biases 1 in conv2, conv4, conv5 and the hidden FC layers, else 0',
    cite: '§5',
  },
  testing: {
    value: 'ten crops, corners and centre and their mirror images, averaged at the soft-max',
    cite: '§4.1',
  },
}

const both = ['synthetic', 'cifar10'] as const

/** What differs from the paper in every table of these nets. */
export const alexnetDeviations: readonly Deviation[] = [
  {
    what: 'images of 32 pixels, crops of 28: the paper’s 256 and 224 divided by 8',
    why: 'CIFAR-10’s images and the synthetic ones have 32 pixels',
    effect: '25 places for a crop where the paper has 1,024',
    tiers: both,
  },
  {
    what: 'the first layer is 5×5 with stride 1 and padding 2, not 11×11 with stride 4',
    why: 'four times fewer pixels a side would leave the paper’s net nothing to pool',
    effect: 'maps of 28, 13, 6 and 2 pixels where the paper has 55, 27, 13 and 6',
    tiers: both,
  },
  {
    what: 'widths divided by 8; He initialization with biases of 0.1; pixels divided by their standard deviation',
    why: 'nets for two cores; N(0, 0.01²) with biases of 1 does not start within a few hundred updates',
    effect:
      'the paper’s start, of which it says that it accelerates the early stages, is not tested',
    tiers: both,
  },
  {
    what: 'a few hundred updates, learning rate warmed up over a tenth and then along a cosine',
    why: 'the whole set on two cores',
    effect: 'the nets are far from converged; what regularises costs more than it gains',
    tiers: both,
  },
  {
    what: 'the rate falls after 5 epochs without a better top-1 error on the validation images’ central crops',
    why: 'the paper watched by hand and does not say how long it waited',
    effect: 'small: the same rates, changed at other epochs',
    tiers: ['imagenet'],
  },
]

/** What the command line may change in these tables. */
export const alexnetOverrides = {
  steps: 'updates a net',
  limit: 'training images used (0: all)',
  testLimit: 'test images used (0: all)',
} as const

const reduced = {
  square: 32,
  crop: 28,
  classes: 10,
  widthScale: 1 / 8,
  firstLayer: { kernelSize: 5, stride: 1, padding: 2 },
  initialization: 'he',
  biasInit: 0.1,
  pixels: 'unit-variance',
  schedule: 'cosine',
  limit: 0,
} as const

const tierSettings: Readonly<Record<TierName, AlexNetSettings>> = {
  synthetic: {
    ...reduced,
    train: { set: 'synthetic', split: 'train', seed: 1, size: 32 },
    test: { set: 'synthetic', split: 'test', seed: 1, size: 32 },
    batchSize: 32,
    steps: 200,
    learningRate: 0.02,
    testLimit: 500,
    converged: 70,
  },
  cifar10: {
    ...reduced,
    train: { set: 'cifar10', split: 'train' },
    test: { set: 'cifar10', split: 'test' },
    batchSize: 64,
    steps: 600,
    learningRate: 0.03,
    testLimit: 2000,
    converged: 60,
  },
  imagenet: {
    train: { set: 'imagenet', split: 'train' },
    test: { set: 'imagenet', split: 'val' },
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
    limit: 0,
    testLimit: 0,
    converged: 50,
  },
}

/** The tiers of a table of these nets, which differ between tables in nothing but how long they take. */
export const alexnetTiers = (
  estimates: Readonly<Record<TierName, string>>,
): Readonly<Record<TierName, Tier<AlexNetSettings>>> => ({
  synthetic: {
    describe: 'synthetic images of 32 pixels, sizes and widths an eighth of the paper’s',
    estimate: estimates.synthetic,
    seeds: [1],
    settings: tierSettings.synthetic,
    length: { setting: 'steps', least: 100 },
  },
  cifar10: {
    describe: 'CIFAR-10, sizes and widths an eighth of the paper’s',
    estimate: estimates.cifar10,
    seeds: [1, 2, 3],
    settings: tierSettings.cifar10,
    length: { setting: 'steps', least: 300 },
  },
  imagenet: {
    describe: 'ILSVRC-2012 as the paper trains and tests on it',
    estimate: estimates.imagenet,
    seeds: [1, 2, 3],
    settings: tierSettings.imagenet,
    length: { setting: 'steps', least: 100_000 },
  },
})
