import type { Cell, PlanRequest, Unit } from '@retable/harness'
import type { ModelSpec } from '@retable/models'
import type { TrainAndTest } from '../tiers/tier-data.js'
import { evaluateNet } from '../units/evaluate-net.js'
import { inPasses } from '../units/learning.js'
import type { Learning } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'

/** What a tier of the class notes' experiments decides; the rest is the notes' protocol. */
export type ClassNotesSettings = TrainAndTest & {
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
export interface Experiment {
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
export type ClassNotesCell = { readonly part: 'train' | 'test' }

/** The notes' two numbers a part: accuracy in percent and mean cross-entropy. */
export const classNotesMetrics = [
  { id: 'accuracy', name: 'accuracy', unit: '%', better: 'higher' },
  { id: 'loss', name: 'cross-entropy', unit: '', better: 'lower', digits: 3 },
] as const

/** What differs from the notes in both experiments. */
export const sharedDeviations = [
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
export const planExperiment = (
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
export const readExperiment = (
  cell: Cell<ClassNotesCell>,
  metrics: Readonly<Record<string, number>>,
): { readonly accuracy: number; readonly loss: number } =>
  cell.config?.part === 'train'
    ? { accuracy: 100 - metrics['trainTop1']!, loss: metrics['trainLoss']! }
    : { accuracy: 100 - metrics['top1']!, loss: metrics['loss']! }
