import { defineReproduction } from '@retable/harness'
import type { Reproduction, Tier, Unit } from '@retable/harness'
import type { Initialization, ModelSpec } from '@retable/models'
import { halfOf } from '../margins.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { cifar10Data, syntheticData } from '../tiers/tier-data.js'
import { grouped, inEachTier } from '../tiers/tier-deviations.js'
import type { TrainAndTest } from '../tiers/tier-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import type { PixelScale } from '../units/input.js'
import { inPasses } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import { alexnetPaper } from './source.js'

/** What a tier decides. */
type CifarLrnSettings = TrainAndTest & {
  readonly widthScale: number
  readonly initialization: Extract<Initialization, string>
  readonly pixels: PixelScale
  readonly batchSize: number
  /** share of the published schedules: 1 is all of them, 0.1 a tenth of each stage's epochs */
  readonly share: number
  readonly learningRate: number
  /** the first so many images; 0: all */
  readonly limit: number
  readonly testLimit: number
}

/** A part of a published schedule. */
interface Stage {
  readonly epochs: number
  /** of the five training batches, how many it learns from; the rest validated */
  readonly batches: number
  /** what the kernels' rate is multiplied by; that of the biases stays */
  readonly kernelRate: number
}

/** A published net with its schedule and weight decay, as its author's files and page give them. */
interface Recipe {
  readonly variant: 'conv-local-13pct' | 'conv-local-11pct'
  readonly stages: readonly Stage[]
  /** of fc10's kernel; local3's and local4's is 0.004, the convolutions' 0 */
  readonly lastDecay: number
}

const recipes = {
  '13pct': {
    variant: 'conv-local-13pct',
    stages: [
      { epochs: 100, batches: 4, kernelRate: 1 },
      { epochs: 40, batches: 5, kernelRate: 1 },
      { epochs: 10, batches: 5, kernelRate: 0.1 },
      { epochs: 10, batches: 5, kernelRate: 0.01 },
    ],
    lastDecay: 0.004,
  },
  '11pct': {
    variant: 'conv-local-11pct',
    stages: [
      { epochs: 350, batches: 4, kernelRate: 1 },
      { epochs: 150, batches: 5, kernelRate: 1 },
      { epochs: 10, batches: 5, kernelRate: 0.1 },
      { epochs: 10, batches: 5, kernelRate: 0.01 },
    ],
    lastDecay: 0.01,
  },
} as const satisfies Record<string, Recipe>

/** Side of the crops: 32 pixels less a border of 4. */
const crop = 24

const input = ({ pixels }: CifarLrnSettings) =>
  ({
    scale: [32, 32],
    crop,
    flip: 0.5,
    color: false,
    pixels,
    square: true,
    mean: 'image',
  }) as const

/** Epochs of a stage in a tier: its share of the published ones, at least one. */
const epochsOf = ({ epochs }: Stage, { share }: CifarLrnSettings): number =>
  Math.max(1, Math.round(epochs * share))

/** How many images a stage on so many of the five training batches learns from. */
const learntFrom = ({ limit, trainImages }: CifarLrnSettings, batches: number): number =>
  Math.round(((limit || trainImages) * batches) / 5)

/** Updates an epoch of such a stage. */
const updatesOf = (settings: CifarLrnSettings, batches: number): number =>
  Math.floor(learntFrom(settings, batches) / settings.batchSize)

/** The net after all stages, each of which starts from what the one before it left. */
const trained = (
  recipe: Recipe,
  norms: boolean,
  settings: CifarLrnSettings,
  seed: number,
): { readonly net: ModelSpec; readonly unit: Unit } => {
  const net: ModelSpec = {
    kind: 'cifarNet',
    variant: recipe.variant,
    inputSize: crop,
    widthScale: settings.widthScale,
    initialization: settings.initialization,
    ...(norms ? {} : { localResponseNorm: false }),
  }
  const unit = recipe.stages.reduce<Unit | undefined>((before, stage, i) => {
    const epochs = epochsOf(stage, settings)
    const images = learntFrom(settings, stage.batches)
    return trainNet({
      label: `${recipe.variant}${norms ? '' : ' without norms'}, stage ${i + 1}`,
      seed,
      cost: multiplyAdds(net) * 3 * epochs * images,
      needs: before ? { start: before } : {},
      config: {
        net,
        data: settings.train,
        limit: images,
        validation: 0,
        input: input(settings),
        learning: {
          batchSize: settings.batchSize,
          length: inPasses(epochs),
          optimizer: {
            kind: 'sgd',
            form: 'krizhevsky',
            momentum: 0.9,
            weightDecay: 0,
            groups: [
              { names: ['*/bias'], learningRateFactor: 2 },
              { names: ['conv*/kernel'], learningRateFactor: stage.kernelRate },
              {
                names: ['local*/kernel'],
                learningRateFactor: stage.kernelRate,
                weightDecay: 0.004,
              },
              {
                names: ['fc10/kernel'],
                learningRateFactor: stage.kernelRate,
                weightDecay: recipe.lastDecay,
              },
            ],
          },
          schedule: { kind: 'constant', learningRate: settings.learningRate },
        },
        startFrom: before ? { net, layers: 'all' } : null,
        ...(i > 0 && { stage: i + 1 }),
      },
    })
  }, undefined)
  return { net, unit: unit! }
}

const plan = (recipe: Recipe, norms: boolean, settings: CifarLrnSettings, seed: number): Unit => {
  const { net, unit } = trained(recipe, norms, settings, seed)
  return evaluateNet({
    label: `${unit.label}, ten crops`,
    seed,
    cost: multiplyAdds(net) * 10 * (settings.testLimit || settings.testImages),
    needs: { net: unit },
    config: {
      net,
      data: settings.test,
      limit: settings.testLimit || null,
      scale: 32,
      square: true,
      pixels: settings.pixels,
      protocol: { kind: 'tenCrop', size: crop },
    },
  })
}

const tiers: readonly Tier<CifarLrnSettings>[] = [
  {
    name: 'synthetic',
    describe: 'synthetic images of 32 pixels, half the widths, a few epochs',
    seeds: [1],
    settings: {
      ...syntheticData,
      widthScale: 0.5,
      // By trial, seeds 1 to 3: with He's weights the first losses are 6 to 9, which kills units in the first updates, and the nets
      // erred in 5 to 80% however long they trained (a fiftieth or a twenty-fifth of the schedules); with Glorot's the first loss
      // is 2.4, and they err in 5 to 11%.
      initialization: 'glorot',
      pixels: 'unit-variance',
      batchSize: 64,
      share: 0.02,
      learningRate: 0.01,
      limit: 2500,
      testLimit: 500,
    },
  },
  {
    name: 'cifar10',
    describe: 'CIFAR-10, a tenth of the published schedules',
    seeds: [1, 2, 3, 4, 5],
    length: { setting: 'share', least: 0.02 },
    settings: {
      ...cifar10Data,
      widthScale: 1,
      initialization: 'paper',
      pixels: 'levels',
      batchSize: 128,
      share: 0.1,
      learningRate: 0.001,
      limit: 0,
      testLimit: 0,
    },
  },
  {
    name: 'paper',
    paper: true,
    describe: 'CIFAR-10, the published schedules of 160 and 520 epochs',
    seeds: [1, 2, 3, 4, 5],
    length: { setting: 'share', least: 0.1 },
    settings: {
      ...cifar10Data,
      widthScale: 1,
      initialization: 'paper',
      pixels: 'levels',
      batchSize: 128,
      share: 1,
      learningRate: 0.001,
      limit: 0,
      testLimit: 0,
    },
  },
]

const files = 'cuda-convnet, layer-params-conv-local-13pct.cfg and -11pct.cfg'

/** §3.3: "a four-layer CNN achieved a 13% test error rate without normalization and 11% with normalization". */
export const alexnetCifarLrn: Reproduction = defineReproduction({
  id: 'alexnet-cifar-lrn',
  version: 2,
  title: 'A four-layer net on CIFAR-10 with and without response normalization',
  source: { ...alexnetPaper, section: '3.3' },
  protocol: {
    nets: {
      value:
        'two convolutions, two locally connected layers, FC; local3 has 32 maps in the 13% net, 64 in the 11% net',
      cite: 'cuda-convnet, layers-conv-local-13pct.cfg and -11pct.cfg',
    },
    norms: {
      value: 'across 9 maps, after the first pool and before the second, α 0.001/9, β 0.75',
      cite: 'cuda-convnet, layers-conv-local-11pct.cfg',
    },
    input: {
      value: '24×24 crops and mirror images; the mean image subtracted',
      cite: 'cuda-convnet, --crop-border 4',
    },
    testing: { value: 'ten views averaged', cite: 'cuda-convnet, --multiview-test' },
    'learning rate': {
      value: '10⁻³, biases 2·10⁻³; only the kernels’ is divided by 10 and by 100 at the end',
      cite: files,
    },
    momentum: { value: 0.9, cite: files },
    'weight decay': {
      value: 'local3, local4: 0.004; fc10: 0.004 in the 13% net, 0.01 in the 11% net; else 0',
      cite: files,
    },
    schedule: {
      value:
        '13%: 100 epochs on batches 1 to 4, 40 on all five, 10 and 10 at the lower rates; 11%: 350, 150, 10 and 10',
      cite: 'cuda-convnet, Methodology',
    },
  },
  metrics: [
    {
      ...{ id: 'top1', name: 'test error', unit: '%', better: 'lower', tolerance: 0.5 },
      equivalence: { within: 1, why: 'half of what the two published nets differ by' },
    },
    { id: 'loss', name: 'cross-entropy', unit: '', better: 'lower', digits: 3 },
  ],
  rowHeads: ['net'],
  cells: [
    {
      id: '13pct',
      row: 'as published, without normalization',
      paper: { top1: 13 },
      config: { recipe: '13pct', norms: true },
    },
    {
      id: '11pct',
      row: 'as published, with normalization',
      paper: { top1: 11 },
      config: { recipe: '11pct', norms: true },
    },
    {
      id: 'without',
      row: 'the 11% net, its norms taken out',
      config: { recipe: '11pct', norms: false },
    },
    {
      id: 'with',
      row: 'the 11% net, its norms left in',
      config: { recipe: '11pct', norms: true },
    },
  ],
  claims: [
    {
      id: 'published',
      text: 'of the two published nets the one with response normalization errs less',
      cite: '§3.3',
      test: 'better',
      metric: 'top1',
      cell: '11pct',
      than: '13pct',
      equivalence: halfOf(2),
    },
    {
      id: 'normalization',
      text: 'response normalization reduces the error on CIFAR-10: the same net with and without it',
      cite: '§3.3',
      test: 'better',
      metric: 'top1',
      cell: 'with',
      than: 'without',
      equivalence: halfOf(2),
    },
  ],
  deviations: [
    {
      what: 'nets, norms and learning rule are those of the files that the authors published with cuda-convnet',
      why: 'the paper gives two numbers and points to those files',
      effect:
        'the two numbers differ by more than the norms: in the width of local3, one weight decay and the schedule; the rows of the 11% net with and without its norms are the clean comparison',
    },
    {
      what: 'each stage of a schedule starts with momentum 0 and draws crops and orders of its own, and the second lasts as many epochs as the authors’ took',
      why: 'a stage is a run of its own; the authors trained on all five batches until the fifth’s training error was that of the others',
      effect: 'a few updates at the start of three stages',
    },
    ...inEachTier(tiers, (settings) => ({
      what: `images come in another order in each epoch, and those that fill no batch are left out: ${updatesOf(settings, 4)} updates an epoch on four fifths of the images, ${updatesOf(settings, 5)} on all`,
      why: 'cuda-convnet goes through each of the five files in its order, and its last batch is a smaller one: 4 × 79 = 316 and 5 × 79 = 395 updates of 128',
      effect: 'none known',
    })),
    ...inEachTier(tiers, (settings) => ({
      what: `the mean image of 32 pixels is subtracted before the crop; in the first stage it is the mean of the ${grouped(learntFrom(settings, 4))} images that are learnt from, later of all ${grouped(learntFrom(settings, 5))}`,
      why: 'the authors subtract one mean, of the central crops, from every crop, wherever it lies; each stage here measures its own images',
      effect: 'none known',
    })),
    ...inEachTier(tiers, (settings) => {
      const [short, long] = (['13pct', '11pct'] as const).map((name) =>
        recipes[name].stages.map((stage) => epochsOf(stage, settings)).join(', '),
      )
      return settings.share === 1
        ? undefined
        : {
            what: `a part of each stage’s epochs: ${short} in the 13% net, ${long} in the 11% net`,
            why: 'hours on two cores, not weeks',
            effect:
              'to the end the 13% net errs in 12.6 to 13% and the 11% net in 11%; after 100 epochs on four batches the 13% net’s training error is still 14.6%. At a tenth of that expect both well above, in an order that the longer schedule of the 11% net decides as much as its norms; only the same net with and without norms can be read here, and only for this length',
          }
    }),
    ...inEachTier(tiers, ({ widthScale, batchSize, learningRate, limit, testLimit }) =>
      widthScale === 1
        ? undefined
        : {
            what: `${grouped(limit)} synthetic images to learn from and ${grouped(testLimit)} to be tested on, batches of ${batchSize} in place of 128, a rate of ${learningRate} in place of 0.001, half the widths, Glorot’s weights, pixels divided by their standard deviation`,
            why: 'a minute on two cores; weights of standard deviation 10⁻⁴ take epochs to start',
            effect: 'the nets are others',
          },
    ),
  ],
  overrides: {
    share: { help: 'share of the published schedules', takes: 'positive', most: 1 },
    limit: netOverrides.limit,
    testLimit: netOverrides.testLimit,
  },
  tiers,
  plan: ({ config, settings, seed }) =>
    plan(recipes[config.recipe as keyof typeof recipes], config.norms, settings, seed),
})
