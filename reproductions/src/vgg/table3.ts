import { defineReproduction } from '@retable/harness'
import type { Reproduction, Tier, TierName, Unit } from '@retable/harness'
import type { DataRequest } from '../data/open-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import type { PixelScale } from '../units/input.js'
import type { Learning } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import type { NetConfig } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import { vggPaper } from './source.js'

/** The paper's sizes in pixels: what training images are rescaled to (S) and test images (Q). */
type PaperScale = '256' | '384' | '256-512'

const trainScales: Readonly<Record<PaperScale, readonly [number, number]>> = {
  '256': [256, 256],
  '384': [384, 384],
  '256-512': [256, 512],
}

/** Q = S for fixed S, 0.5 (S_min + S_max) under jitter (§4.1). */
const testScale = (scale: PaperScale): number => {
  const [low, high] = trainScales[scale]
  return (low + high) / 2
}

/** Which trained net a net starts from (§3.1): those deeper than A from A, S = 384 from S = 256, jittered from S = 384. */
const startsFrom = (
  variant: string,
  scale: PaperScale,
): { readonly variant: string; readonly scale: PaperScale } | null => {
  switch (scale) {
    case '256':
      return variant === 'A' || variant === 'A-LRN' ? null : { variant: 'A', scale }
    case '384':
      return { variant, scale: '256' }
    case '256-512':
      return { variant, scale: '384' }
    default:
      return scale satisfies never
  }
}

/** What a tier decides. */
type Settings = {
  readonly train: DataRequest
  readonly test: DataRequest
  /** the paper's pixels are divided by this */
  readonly divisor: number
  /** side of the training crop and of the net's input, in the tier's pixels */
  readonly crop: number
  readonly classes: number
  readonly widthScale: number
  readonly lastPool: boolean
  readonly initialization: NetConfig['initialization']
  readonly dropout: number
  readonly pixels: PixelScale
  readonly batchSize: number
  /** updates a net */
  readonly steps: number
  readonly learningRate: number
  /** factor on the rate of nets that start from the same net at another scale; the paper's is 0.1 (§3.1) */
  readonly handOverRate: number
  /** the first so many images; 0: all */
  readonly limit: number
  readonly testLimit: number
}

const learning = (settings: Settings, handedOver: boolean): Learning => ({
  batchSize: settings.batchSize,
  length: { steps: settings.steps },
  optimizer: { kind: 'sgd', form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
  rate: {
    kind: 'cosine',
    rate: settings.learningRate * (handedOver ? settings.handOverRate : 1),
    warmup: 0.1,
  },
  stopAfter: null,
})

const netOf = (variant: string, settings: Settings): NetConfig => ({
  name: `vgg-${variant}`,
  classes: settings.classes,
  inputSize: settings.crop,
  widthScale: settings.widthScale,
  initialization: settings.initialization,
  dropout: settings.dropout,
  lastPool: settings.lastPool,
})

/** The trained net of a configuration and scale, with those that it starts from. */
const trained = (variant: string, scale: PaperScale, settings: Settings, seed: number): Unit => {
  const net = netOf(variant, settings)
  const from = startsFrom(variant, scale)
  const [low, high] = trainScales[scale]
  const tierScale = (size: number) => Math.round(size / settings.divisor)
  return trainNet({
    label: `${variant}, S=${scale === '256-512' ? '[256;512]' : scale}`,
    seed,
    cost: multiplyAdds(net) * 3 * settings.steps * settings.batchSize,
    needs: from ? { start: trained(from.variant, from.scale, settings, seed) } : {},
    config: {
      net,
      data: settings.train,
      limit: settings.limit || null,
      validation: 0,
      input: {
        scale: [tierScale(low), tierScale(high)],
        crop: settings.crop,
        flip: 0.5,
        colour: true,
        pixels: settings.pixels,
      },
      learning: learning(settings, from?.variant === variant),
      startFrom: from && {
        net: netOf(from.variant, settings),
        layers: from.variant === variant ? 'all' : 'vgg-pretraining',
      },
    },
  })
}

/** Table 3's numbers: top-1 and top-5 validation error in percent. */
const table: Readonly<Record<PaperScale, Readonly<Record<string, readonly [number, number]>>>> = {
  '256': {
    A: [29.6, 10.4],
    'A-LRN': [29.7, 10.5],
    B: [28.7, 9.9],
    C: [28.1, 9.4],
    D: [27.0, 8.8],
    E: [27.3, 9.0],
  },
  '384': { C: [28.1, 9.3], D: [26.8, 8.7], E: [26.9, 8.7] },
  '256-512': { C: [27.3, 8.8], D: [25.6, 8.1], E: [25.5, 8.0] },
}

const labels: Readonly<Record<PaperScale, readonly [string, string]>> = {
  '256': ['256', '256'],
  '384': ['384', '384'],
  '256-512': ['[256;512]', '384'],
}

const cells = (Object.keys(table) as PaperScale[]).flatMap((scale) =>
  Object.entries(table[scale]).map(([variant, [top1, top5]]) => ({
    id: `${variant}-${scale}`,
    row: labels[scale],
    column: variant,
    paper: { top1, top5 },
    config: { variant, scale },
  })),
)

const reduced = {
  classes: 10,
  // 224/8 = 28 pixels, raised to 32, the next size that four pools of stride 2 divide.
  divisor: 8,
  crop: 32,
  widthScale: 1 / 8,
  lastPool: false,
  initialization: 'he',
  dropout: 0,
  pixels: 'unit-variance',
  limit: 0,
} as const

const tiers: Partial<Readonly<Record<TierName, Tier<Settings>>>> = {
  synthetic: {
    describe: 'synthetic images of 32 pixels, sizes and widths an eighth of the paper’s',
    estimate: '3 minutes on two cores',
    seeds: [1],
    settings: {
      ...reduced,
      train: { set: 'synthetic', split: 'train', seed: 1, size: 32 },
      test: { set: 'synthetic', split: 'test', seed: 1, size: 32 },
      batchSize: 32,
      steps: 150,
      learningRate: 0.02,
      handOverRate: 0.3,
      testLimit: 500,
    },
  },
  cifar10: {
    describe: 'CIFAR-10, sizes and widths an eighth of the paper’s',
    estimate: '40 minutes on two cores with --jobs 2',
    seeds: [1, 2, 3],
    settings: {
      ...reduced,
      train: { set: 'cifar10', split: 'train' },
      test: { set: 'cifar10', split: 'test' },
      batchSize: 64,
      steps: 500,
      learningRate: 0.03,
      handOverRate: 0.3,
      testLimit: 2000,
    },
  },
}

/** VGG's Table 3: each configuration at a single test scale, densely evaluated. */
export const vggTable3: Reproduction = defineReproduction({
  id: 'vgg-table3',
  version: 1,
  title: 'ConvNet performance at a single test scale',
  source: { ...vggPaper, table: 'Table 3', section: '4.1' },
  protocol: {
    'batch size': { value: 256, cite: '§3.1' },
    momentum: { value: 0.9, cite: '§3.1' },
    'weight decay': { value: 5e-4, cite: '§3.1' },
    dropout: { value: 0.5, cite: '§3.1' },
    'learning rate': { value: '10⁻², divided by 10 three times on a plateau', cite: '§3.1' },
    length: { value: '370K iterations, 74 epochs', cite: '§3.1' },
    initialization: {
      value: 'N(0, 10⁻²) for A; deeper nets start from A’s first four convolutions and FC layers',
      cite: '§3.1',
    },
    'S = 384': { value: 'starts from S = 256, learning rate 10⁻³', cite: '§3.1' },
    'S in [256;512]': { value: 'starts from S = 384', cite: '§3.1' },
    augmentation: { value: 'random 224×224 crop, horizontal flip, RGB colour shift', cite: '§3.1' },
    testing: {
      value: 'dense, class scores averaged over positions, posteriors over the mirror image',
      cite: '§3.2',
    },
  },
  metrics: [
    { id: 'top1', name: 'top-1 error', unit: '%', better: 'lower', tolerance: 0.5 },
    { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower', tolerance: 0.5 },
  ],
  rowHeads: ['train S', 'test Q'],
  cells,
  claims: [
    {
      id: 'lrn-does-not-help',
      text: 'A-LRN does not improve on A',
      cite: '§4.1',
      test: 'not-better',
      metric: 'top1',
      cell: 'A-LRN-256',
      than: 'A-256',
      margin: 0.5,
    },
    {
      id: 'depth',
      text: 'the error falls with depth, from A (11 layers) to E (19)',
      cite: '§4.1',
      test: 'trend',
      metric: 'top1',
      cells: ['A-256', 'B-256', 'D-256', 'E-256'],
      x: [11, 13, 16, 19],
    },
    {
      id: 'saturation',
      text: 'the gain of depth is spent at 19 layers: E does not improve on D',
      cite: '§4.1',
      test: 'not-better',
      metric: 'top1',
      cell: 'E-256',
      than: 'D-256',
      margin: 0.5,
    },
    {
      id: 'non-linearity',
      text: 'C beats B: the additional non-linearity helps',
      cite: '§4.1',
      test: 'better',
      metric: 'top1',
      cell: 'C-256',
      than: 'B-256',
    },
    {
      id: 'spatial-context',
      text: 'D beats C: 3×3 layers help more than 1×1 ones',
      cite: '§4.1',
      test: 'better',
      metric: 'top1',
      cell: 'D-256',
      than: 'C-256',
    },
    {
      id: 'scale-jittering',
      text: 'scale jittering beats either fixed scale',
      cite: '§4.1',
      test: 'all',
      of: ['C', 'D', 'E'].flatMap((variant) =>
        (['256', '384'] as const).map((fixed) => ({
          test: 'better' as const,
          metric: 'top1' as const,
          cell: `${variant}-256-512`,
          than: `${variant}-${fixed}`,
        })),
      ),
    },
  ],
  deviations: [
    {
      what: 'every size of the paper is divided by 8: S = 32, 48, [32;64], Q = 32, 48; the crop, 28, is raised to 32',
      why: 'CIFAR-10’s images and the synthetic ones have 32 pixels; the net’s pools want a multiple of 16',
      effect:
        'at S = 256 the crop is the whole image: no translation in training there, one position in testing',
      tiers: ['synthetic', 'cifar10'],
    },
    {
      what: 'the last max-pool is left out, fc6 sees 2×2 positions',
      why: 'five pools would leave a single pixel to stage 5 and nothing to average in dense evaluation',
      effect: 'total stride 16 instead of 32, the same for all configurations',
      tiers: ['synthetic', 'cifar10'],
    },
    {
      what: 'widths divided by 8; no dropout; He initialization; pixels divided by their standard deviation',
      why: 'less than two epochs of training, in which nothing overfits and N(0, 10⁻²) does not start',
      effect: 'the paper’s regularisation plays no part',
      tiers: ['synthetic', 'cifar10'],
    },
    {
      what: 'a few hundred updates of 64 images, learning rate warmed up over a tenth and then along a cosine',
      why: 'the whole table on two cores',
      effect:
        'the nets are far from converged, deeper ones further; what a net has taken over from another counts for more than in the paper',
      tiers: ['synthetic', 'cifar10'],
    },
    {
      what: 'learning rate along a cosine instead of three divisions by 10 on a validation plateau',
      why: 'the paper’s plateau is watched by hand and not specified further',
      effect: 'small: the same first rate, a smooth fall over 74 epochs',
      tiers: ['imagenet'],
    },
  ],
  overrides: {
    steps: 'updates a net',
    limit: 'training images used (0: all)',
    testLimit: 'test images used (0: all)',
  },
  tiers,
  plan: ({ config, settings, seed }) => {
    const { variant, scale } = config
    const net = netOf(variant, settings)
    const Q = Math.round(testScale(scale) / settings.divisor)
    const count = settings.testLimit || 10_000
    return evaluateNet({
      label: `${variant}, S=${labels[scale][0]} at Q=${labels[scale][1]}`,
      seed,
      cost: multiplyAdds(net) * 2 * (Q / settings.crop) ** 2 * count,
      needs: { net: trained(variant, scale, settings, seed) },
      config: {
        net,
        data: settings.test,
        limit: settings.testLimit || null,
        scale: Q,
        pixels: settings.pixels,
        protocol: 'dense',
      },
    })
  },
})
