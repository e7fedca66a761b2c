import { defineReproduction } from '@retable/harness'
import type {
  Cell,
  Deviation,
  Override,
  PlanRequest,
  Reproduction,
  Tier,
  Unit,
} from '@retable/harness'
import type { ModelSpec } from '@retable/models'
import { cifar10Data, syntheticData } from '../tiers/tier-data.js'
import { grouped, inEachTier } from '../tiers/tier-deviations.js'
import type { TrainAndTest } from '../tiers/tier-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import { inPasses } from '../units/learning.js'
import type { Learning } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'

/** What a tier of the class notes' experiments decides; the rest is the notes' protocol. */
type ClassNotesSettings = TrainAndTest & {
  /** side of the resized images, in pixels; the notes take 227 and, as better, 128 */
  readonly size: number
  readonly widthScale: number
  /** `pytorch`: PyTorch's own, as in the notes */
  readonly initialization: 'pytorch' | 'he'
  readonly epochs: number
  readonly batchSize: number
  /** the notes' is 10⁻³ */
  readonly learningRate: number
  /** the first so many training and test images; 0: all */
  readonly limit: number
}

/** One experiment of the class notes: a net and how it learns. */
interface Experiment {
  readonly model: Extract<ModelSpec, { readonly kind: 'vgg' | 'alexnet' }>
  /** as runs and reports name it */
  readonly label: string
  /** probability of the mirror image */
  readonly flip: number
  /** share of the training images held out for validation */
  readonly validation: number
  readonly plateau: { readonly factor: number; readonly patience: number }
  /** checks without a better validation loss before stopping; null: never */
  readonly stopAfter: number | null
}

/** Which half of the experiment a cell reports. */
type ClassNotesCell = { readonly part: 'train' | 'test' }

/** The notes' two numbers a part: accuracy in percent and mean cross-entropy. */
const metrics = [
  { id: 'accuracy', name: 'accuracy', unit: '%', better: 'higher' },
  { id: 'loss', name: 'cross-entropy', unit: '', better: 'lower', digits: 3 },
] as const

/** What differs from the notes in both experiments. */
const sharedDeviations = [
  {
    what: 'the plateau rule is stepped once an epoch',
    why: 'the notes make the scheduler and never step it',
    effect: 'the learning rate falls where the loss stalls; a better result late in training',
  },
  {
    what: 'the test loss is the mean over the test images',
    why: 'the notes’ test loop adds up a stale training loss',
    effect: 'the reported test loss is not the notes’ quantity',
  },
  {
    what: 'pixels are divided by their standard deviation over the training images',
    why: 'the notes’ constants (0.0605, 0.0611, 0.0676) are not the pixels’ standard deviation (0.2470, 0.2435, 0.2616)',
    effect: 'inputs about four times smaller',
  },
] as const

/** Images of an epoch that fill no batch. */
const leftOver = ({ validation }: Experiment, settings: ClassNotesSettings) => {
  const { limit, trainImages, batchSize } = settings
  const all = limit || trainImages
  const images = all - Math.round(all * validation)
  const updates = Math.floor(images / batchSize)
  return images % batchSize === 0
    ? undefined
    : {
        what: `images of an epoch that fill no batch are left out: ${updates} updates an epoch in place of ${updates + 1}`,
        why: 'every update is of as many images',
        effect: 'none known: others are left out in each epoch',
      }
}

/** What a smaller tier takes in place of the notes' settings. */
const reducedTo = (settings: ClassNotesSettings, notes: ClassNotesSettings) => {
  const { size, epochs, batchSize, limit } = settings
  return settings.widthScale === 1
    ? undefined
    : {
        what: `widths times ${settings.widthScale}, images of ${size} pixels in place of ${notes.size}, ${epochs} epochs in place of ${notes.epochs}, batches of ${batchSize}${batchSize === notes.batchSize ? ' as in the notes' : ` in place of ${notes.batchSize}`}, the first ${grouped(limit)} synthetic images in training and in test`,
        why: 'minutes on two cores, nothing to download',
        effect: 'the pipeline is the notes’, the numbers are not',
      }
}

const netOf = ({ model }: Experiment, settings: ClassNotesSettings): ModelSpec => ({
  ...model,
  classes: 10,
  inputSize: settings.size,
  widthScale: settings.widthScale,
  initialization: settings.initialization,
  dropout: 0.5,
})

const learningOf = (experiment: Experiment, settings: ClassNotesSettings): Learning => ({
  batchSize: settings.batchSize,
  length: inPasses(settings.epochs),
  optimizer: { kind: 'adam', weightDecay: 1e-4 },
  schedule: { kind: 'constant', learningRate: settings.learningRate },
  plateau: { rule: { kind: 'reduceOnPlateau', ...experiment.plateau } },
  ...(experiment.stopAfter !== null && {
    stopping: { rule: { kind: 'earlyStopping', patience: experiment.stopAfter } },
  }),
})

/** The unit behind a cell: the trained net itself, or its test. */
const planExperiment = (
  experiment: Experiment,
  { config, settings, seed }: PlanRequest<ClassNotesCell, ClassNotesSettings>,
): Unit => {
  const net = netOf(experiment, settings)
  const { size, train, test, epochs } = settings
  const limit = settings.limit || null
  const images = limit ?? settings.trainImages
  const trained = trainNet({
    label: experiment.label,
    seed,
    cost: multiplyAdds(net) * 3 * epochs * images,
    config: {
      net,
      data: train,
      limit,
      validation: experiment.validation,
      input: {
        scale: [size, size],
        crop: size,
        flip: experiment.flip,
        color: false,
        pixels: 'unit-variance',
      },
      learning: learningOf(experiment, settings),
      startFrom: null,
    },
  })
  if (config.part === 'train') return trained
  return evaluateNet({
    label: `${experiment.label}, test`,
    seed,
    cost: multiplyAdds(net) * (limit ?? settings.testImages),
    needs: { net: trained },
    config: {
      net,
      data: test,
      limit,
      scale: size,
      pixels: 'unit-variance',
      protocol: { kind: 'asIs' },
    },
  })
}

/** A part's numbers out of its unit's: errors become accuracies. */
const readExperiment = (
  cell: Cell<ClassNotesCell>,
  metrics: Readonly<Record<string, number>>,
): { readonly accuracy: number; readonly loss: number } =>
  cell.config?.part === 'train'
    ? { accuracy: 100 - metrics['trainTop1']!, loss: metrics['trainLoss']! }
    : { accuracy: 100 - metrics['top1']!, loss: metrics['loss']! }

/** The settings that a tier of one experiment chooses; the data set and `limit` go with the tier. */
type Chosen = Omit<ClassNotesSettings, keyof TrainAndTest | 'limit' | 'initialization'>

/** What one of the experiments has of its own. */
export interface ClassNotesTable {
  readonly id: string
  readonly title: string
  /** of the notes */
  readonly section: string
  readonly experiment: Experiment
  readonly protocol: Reproduction['protocol']
  /** the notes' numbers, if they print some */
  readonly paper?: Readonly<Record<ClassNotesCell['part'], { accuracy: number; loss: number }>>
  readonly deviations: readonly Deviation<ClassNotesSettings>[]
  /** besides epochs, limit, size and batchSize */
  readonly overrides?: Readonly<Record<string, Override>>
  readonly seed: number
  readonly initialization: ClassNotesSettings['initialization']
  /** a few thousand synthetic images */
  readonly synthetic: {
    readonly describe: string
    readonly leastEpochs: number
    readonly settings: Chosen
  }
  /** the notes' own: CIFAR-10 resized to 128 pixels */
  readonly cifar10: Pick<Chosen, 'epochs' | 'learningRate'>
}

/** The table of one of the class notes' experiments: its trained net and its test, in two tiers. */
export const classNotesTable = (table: ClassNotesTable): Reproduction => {
  const { id, title, experiment, paper, seed, initialization, synthetic } = table
  const tiers: readonly Tier<ClassNotesSettings>[] = [
    {
      name: 'synthetic',
      describe: synthetic.describe,
      seeds: [seed],
      length: { setting: 'epochs', least: synthetic.leastEpochs },
      settings: { ...syntheticData, ...synthetic.settings, initialization, limit: 2000 },
    },
    {
      name: 'cifar10',
      describe: 'CIFAR-10 resized to 128 pixels, as in the notes',
      seeds: [seed],
      length: { setting: 'epochs', least: 1 },
      settings: {
        ...cifar10Data,
        ...table.cifar10,
        size: 128,
        widthScale: 1,
        initialization,
        batchSize: 64,
        limit: 0,
      },
    },
  ]
  return defineReproduction<ClassNotesCell, ClassNotesSettings, 'accuracy' | 'loss'>({
    id,
    version: 1,
    title,
    source: { paper: 'Class notes on AlexNet and VGG', section: table.section },
    protocol: table.protocol,
    metrics,
    rowHeads: ['part'],
    cells: (['train', 'test'] as const).map((part) => ({
      id: part,
      row: part,
      ...(paper && { paper: paper[part] }),
      config: { part },
    })),
    claims: [],
    deviations: [
      ...sharedDeviations,
      ...table.deviations,
      ...inEachTier(tiers, (settings) => leftOver(experiment, settings)),
      ...inEachTier(tiers, (settings) => reducedTo(settings, tiers.at(-1)!.settings)),
    ],
    overrides: {
      epochs: { help: 'passes over the training images', takes: 'count' },
      limit: { help: 'training and test images used (0: all)', takes: 'limit' },
      size: { help: 'side of the resized images', takes: 'count', most: 4096 },
      batchSize: { help: 'images per batch', takes: 'count' },
      ...table.overrides,
    },
    tiers,
    plan: (request) => planExperiment(experiment, request),
    read: ({ cell, result }) => readExperiment(cell, result.metrics),
  })
}
