import { defineReproduction } from '@retable/harness'
import type { Reproduction, Tier, Unit } from '@retable/harness'
import type { Initialization, ModelSpec } from '@retable/models'
import { cifar10Data, syntheticData } from '../tiers/tier-data.js'
import { grouped, inEachTier } from '../tiers/tier-deviations.js'
import type { TrainAndTest } from '../tiers/tier-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import type { PixelScale } from '../units/input.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'

/** What a tier decides. */
type QuickSettings = TrainAndTest & {
  readonly initialization: Extract<Initialization, string>
  readonly pixels: PixelScale
  readonly learningRate: number
  /** updates of the whole run; the rate is divided by 10 after four fifths of them */
  readonly steps: number
  /** the first so many test images; 0: all */
  readonly testLimit: number
}

/** The net after so many parts in ten of the run; the whole recipe is ten. */
const plan = (tenths: number, settings: QuickSettings, seed: number): Unit => {
  const { train, test, pixels, learningRate, steps, testLimit } = settings
  const made = Math.max(1, Math.round((steps * tenths) / 10))
  const net: ModelSpec = {
    kind: 'cifarNet',
    variant: 'caffe-quick',
    initialization: settings.initialization,
  }
  const trained = trainNet({
    label: `cifar10_quick, ${made} updates`,
    seed,
    cost: multiplyAdds(net) * 3 * made * 100,
    config: {
      net,
      data: train,
      limit: null,
      validation: 0,
      input: {
        scale: [32, 32],
        crop: 32,
        flip: 0,
        color: false,
        pixels,
        square: true,
        place: 'center',
        mean: 'image',
      },
      learning: {
        batchSize: 100,
        length: { steps: made },
        optimizer: {
          kind: 'sgd',
          form: 'krizhevsky',
          momentum: 0.9,
          weightDecay: 0.004,
          groups: [{ names: ['*/bias'], learningRateFactor: 2 }],
        },
        schedule: { kind: 'multiStep', learningRate, milestones: [Math.round(0.8 * steps)] },
      },
      startFrom: null,
    },
  })
  return evaluateNet({
    label: `${trained.label}, test`,
    seed,
    cost: multiplyAdds(net) * (testLimit || settings.testImages),
    needs: { net: trained },
    config: {
      net,
      data: test,
      limit: testLimit || null,
      scale: 32,
      square: true,
      pixels,
      protocol: { kind: 'asIs' },
    },
  })
}

const tiers: readonly Tier<QuickSettings>[] = [
  {
    name: 'synthetic',
    describe: 'synthetic images of 32 pixels, 300 updates',
    seeds: [1],
    length: { setting: 'steps', least: 100 },
    settings: {
      ...syntheticData,
      initialization: 'he',
      pixels: 'unit-variance',
      learningRate: 0.01,
      steps: 300,
      testLimit: 500,
    },
  },
  {
    name: 'cifar10',
    paper: true,
    describe: 'CIFAR-10, the recipe in full',
    seeds: [1, 2, 3, 4, 5],
    settings: {
      ...cifar10Data,
      initialization: 'paper',
      pixels: 'levels',
      learningRate: 0.001,
      steps: 5000,
      testLimit: 0,
    },
  },
]

const solver = 'Caffe, examples/cifar10/cifar10_quick_solver.prototxt'
const net = 'Caffe, examples/cifar10/cifar10_quick_train_test.prototxt'

/** Caffe's quick CIFAR-10 net by its published recipe: the cheapest public number there is for a whole training. */
export const caffeQuick: Reproduction = defineReproduction({
  id: 'caffe-quick',
  version: 1,
  title: 'Caffe’s quick net on CIFAR-10',
  source: {
    paper: 'Caffe’s CIFAR-10 tutorial',
    section: 'cifar10_quick',
    url: 'https://caffe.berkeleyvision.org/gathered/examples/cifar10.html',
  },
  protocol: {
    net: {
      value: 'conv 32, 32, 64 (5×5), max-pool and two average pools of 3×3 every 2, FC 64, FC 10',
      cite: net,
    },
    initialization: { value: 'normal, 0.0001, 0.01, 0.01, 0.1, 0.1; biases 0', cite: net },
    input: { value: 'the mean image subtracted, no augmentation', cite: net },
    batch: { value: 100, cite: net },
    'learning rate': {
      value: '0.001 for 4,000 updates, 0.0001 for 1,000; biases twice that',
      cite: solver,
    },
    length: {
      value: '5,000 updates; the two accuracies are those after 500 and 5,000',
      cite: solver,
    },
    momentum: { value: 0.9, cite: solver },
    'weight decay': { value: 0.004, cite: solver },
  },
  metrics: [
    {
      ...{ id: 'accuracy', name: 'test accuracy', unit: '%', better: 'higher', tolerance: 1 },
      equivalence: {
        within: 1,
        why: 'the tolerance within which Caffe’s own number is reproduced',
      },
    },
    { id: 'loss', name: 'cross-entropy', unit: '', better: 'lower', digits: 3 },
  ],
  rowHeads: ['after'],
  cells: [
    {
      id: 'tenth',
      row: 'a tenth of the updates',
      paper: { accuracy: 55 },
      config: { tenths: 1 },
    },
    { id: 'whole', row: 'all updates', paper: { accuracy: 75.3 }, config: { tenths: 10 } },
  ],
  claims: [],
  deviations: [
    {
      what: 'images come in another order in each epoch',
      why: 'Caffe reads them in the order of CIFAR-10’s files, in each epoch again',
      effect: 'none known',
    },
    ...inEachTier(tiers, ({ initialization, learningRate, steps, testLimit, testImages }) =>
      initialization === 'paper'
        ? undefined
        : {
            what: `He’s weights, pixels divided by their standard deviation, a rate of ${learningRate} in place of 0.001, ${grouped(steps)} updates in place of 5,000, synthetic images, of which the first ${grouped(testLimit)} of ${grouped(testImages)} are tested`,
            why: 'a minute on two cores; weights of standard deviation 10⁻⁴ take hundreds of updates to start',
            effect: 'the pipeline is Caffe’s, the numbers are not',
          },
    ),
  ],
  overrides: { steps: { help: 'updates of the whole run', takes: 'count' } },
  tiers,
  plan: ({ config, settings, seed }) => plan(config.tenths, settings, seed),
  read: ({ result: { metrics } }) => ({ accuracy: 100 - metrics['top1']!, loss: metrics['loss']! }),
})
