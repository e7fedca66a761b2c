import { defineReproduction } from '@retable/harness'
import type { Reproduction, Tier, Unit } from '@retable/harness'
import type { DataRequest } from '../data/open-data.js'
import { cifar10Data, syntheticData } from '../tiers/tier-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import type { PixelScale } from '../units/input.js'
import { inPasses } from '../units/learning.js'
import type { RateSchedule } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import type { NetConfig } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import { alexnetPaper } from './source.js'

/** What a tier decides. */
type CifarLrnSettings = {
  readonly train: DataRequest
  readonly test: DataRequest
  readonly widthScale: number
  readonly initialization: NetConfig['initialization']
  readonly pixels: PixelScale
  readonly batchSize: number
  readonly epochs: number
  readonly learningRate: number
  /** how the rate falls: along a cosine, or ÷10 on a plateau of the held-out images' error */
  readonly schedule: 'cosine' | 'plateau'
  /** share of the training images held out */
  readonly validation: number
  /** the first so many images; 0: all */
  readonly limit: number
  readonly testLimit: number
}

/** Side of the crops: 32 pixels less a border of 4. */
const crop = 24

const rateOf = ({ learningRate, schedule }: CifarLrnSettings): RateSchedule =>
  schedule === 'cosine'
    ? { kind: 'cosine', rate: learningRate, warmup: 0.1 }
    : {
        kind: 'plateau',
        rate: learningRate,
        factor: 0.1,
        patience: 20,
        watch: 'validationTop1',
        times: 2,
      }

const plan = (norm: boolean, settings: CifarLrnSettings, seed: number): Unit => {
  const net: NetConfig = {
    name: 'cifar-net-conv-local',
    classes: 10,
    inputSize: crop,
    widthScale: settings.widthScale,
    initialization: settings.initialization,
    localResponseNorm: norm,
    dropout: null,
  }
  const images = settings.limit || (settings.train.set === 'synthetic' ? 10_000 : 50_000)
  const trained = trainNet({
    label: norm ? 'with norms' : 'without norms',
    seed,
    cost: multiplyAdds(net) * 3 * settings.epochs * images,
    config: {
      net,
      data: settings.train,
      limit: settings.limit || null,
      validation: settings.validation,
      input: {
        scale: [32, 32],
        crop,
        flip: 0.5,
        colour: false,
        pixels: settings.pixels,
        square: true,
        mean: 'image',
      },
      learning: {
        batchSize: settings.batchSize,
        length: inPasses(settings.epochs),
        optimizer: {
          kind: 'sgd',
          form: 'krizhevsky',
          momentum: 0.9,
          weightDecay: 0,
          groups: [
            { names: ['*/bias'], learningRateFactor: 2 },
            { names: ['local*/kernel', 'fc10/kernel'], weightDecay: 0.004 },
          ],
        },
        rate: rateOf(settings),
        stopAfter: null,
      },
      startFrom: null,
    },
  })
  return evaluateNet({
    label: `${trained.label}, ten crops`,
    seed,
    cost: multiplyAdds(net) * 10 * (settings.testLimit || 10_000),
    needs: { net: trained },
    config: {
      net,
      data: settings.test,
      limit: settings.testLimit || null,
      scale: 32,
      square: true,
      pixels: settings.pixels,
      protocol: { kind: 'ten-crop', size: crop },
    },
  })
}

const reduced = {
  widthScale: 0.5,
  initialization: 'he',
  pixels: 'unit-variance',
  schedule: 'cosine',
  validation: 0,
} as const

const tiers: readonly Tier<CifarLrnSettings>[] = [
  {
    name: 'synthetic',
    describe: 'synthetic images of 32 pixels, half the widths',
    seeds: [1],
    length: { setting: 'epochs', least: 1 },
    settings: {
      ...reduced,
      ...syntheticData,
      batchSize: 64,
      epochs: 2,
      learningRate: 0.01,
      limit: 5000,
      testLimit: 500,
    },
  },
  {
    name: 'cifar10',
    describe: 'CIFAR-10, half the widths, three epochs',
    seeds: [1, 2, 3],
    length: { setting: 'epochs', least: 1 },
    settings: {
      ...reduced,
      ...cifar10Data,
      batchSize: 128,
      epochs: 3,
      learningRate: 0.02,
      limit: 0,
      testLimit: 2000,
    },
  },
  {
    name: 'paper',
    paper: true,
    describe: 'the paper’s own protocol: all of CIFAR-10 at full width',
    seeds: [1, 2, 3],
    length: { setting: 'epochs', least: 50 },
    settings: {
      ...cifar10Data,
      widthScale: 1,
      initialization: 'paper',
      pixels: 'levels',
      batchSize: 128,
      epochs: 500,
      learningRate: 0.001,
      schedule: 'plateau',
      validation: 0.1,
      limit: 0,
      testLimit: 0,
    },
  },
]

/** §3.3: a four-layer net on CIFAR-10 errs 13% without response normalization, 11% with it. */
export const alexnetCifarLrn: Reproduction = defineReproduction({
  id: 'alexnet-cifar-lrn',
  version: 1,
  title: 'A four-layer net on CIFAR-10 with and without response normalization',
  source: { ...alexnetPaper, section: '3.3' },
  protocol: {
    net: {
      value: 'two convolutions, two locally connected layers, FC',
      cite: 'cuda-convnet, layers-conv-local-13pct.cfg',
    },
    norms: {
      value: 'across 5 maps after the first two layers, α 0.001/5, β 0.75',
      cite: 'cuda-convnet, layers-conv-local-11pct.cfg',
    },
    input: {
      value: '24×24 crops and mirror images; the mean image subtracted',
      cite: 'cuda-convnet, --crop-border 4',
    },
    testing: { value: 'ten crops averaged', cite: 'cuda-convnet, --multiview-test' },
    'learning rate': {
      value: '10⁻³, biases 2·10⁻³',
      cite: 'cuda-convnet, layer-params-conv-local-13pct.cfg',
    },
    momentum: { value: 0.9, cite: 'cuda-convnet, layer-params-conv-local-13pct.cfg' },
    'weight decay': {
      value: '0.004 from the third layer on, else 0',
      cite: 'cuda-convnet, layer-params-conv-local-13pct.cfg',
    },
  },
  metrics: [
    { id: 'top1', name: 'test error', unit: '%', better: 'lower', tolerance: 0.5 },
    { id: 'loss', name: 'cross-entropy', unit: '', better: 'lower', digits: 3 },
  ],
  rowHeads: ['net'],
  cells: [
    { id: 'without', row: 'without normalization', paper: { top1: 13 }, config: { norm: false } },
    { id: 'with', row: 'with normalization', paper: { top1: 11 }, config: { norm: true } },
  ],
  claims: [
    {
      id: 'normalization',
      text: 'response normalization reduces the error on CIFAR-10',
      cite: '§3.3',
      test: 'better',
      metric: 'top1',
      cell: 'with',
      than: 'without',
    },
  ],
  deviations: [
    {
      what: 'net, norms and learning rule are those of the files that the authors published with cuda-convnet',
      why: 'the paper gives two numbers and points to those files',
      effect: 'none known',
    },
    {
      what: 'one image in ten is held out, and the rate divided by 10 twice on a plateau of 20 epochs of their error',
      why: 'the authors did so by hand and in the end put the held-out fifth back',
      effect: 'a tenth of the images are never trained on; slightly higher errors',
      when: ({ settings }) => settings.schedule === 'plateau',
    },
    {
      what: 'half the widths, a few epochs along a cosine, He’s weights, pixels divided by their standard deviation',
      why: 'minutes on two cores; weights of standard deviation 10⁻⁴ take epochs to start',
      effect: 'the norm’s gain shows late in training, and may not show at all',
      when: ({ settings }) => settings.schedule === 'cosine',
    },
  ],
  overrides: {
    epochs: { help: 'passes over the training images', takes: 'count' },
    limit: { help: 'training images used (0: all)', takes: 'limit' },
    testLimit: { help: 'test images used (0: all)', takes: 'limit' },
  },
  tiers,
  plan: ({ config, settings, seed }) => plan(config.norm, settings, seed),
})
