import { checkOptions, RetableError, type OptionNames } from '@retable/core'
import type { CheckpointOptions, Every, FitOptions, TrainingData } from './options.js'

const optionNames: OptionNames<FitOptions> = {
  model: true,
  params: true,
  startFrom: true,
  disposeStart: true,
  data: true,
  stepsPerEpoch: true,
  loss: true,
  optimizer: true,
  schedule: true,
  epochs: true,
  steps: true,
  random: true,
  validation: true,
  reduceOnPlateau: true,
  earlyStopping: true,
  plateauMetric: true,
  stoppingMetric: true,
  trainErrors: true,
  curveEvery: true,
  onStep: true,
  onPoint: true,
  onEpochEnd: true,
  onProgress: true,
  signal: true,
  checkpoint: true,
}

const checkpointNames: OptionNames<CheckpointOptions> = {
  everySteps: true,
  everyMinutes: true,
  share: true,
  asked: true,
  save: true,
}

const integer = (what: string, value: number, least = 1): number => {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RetableError(
    'invalid-argument',
    `fit's ${what} is an integer of at least ${least}, found ${value}`,
  )
}

const optional = (what: string, value: number | undefined): void => {
  if (value !== undefined) integer(what, value)
}

/** The plan of a run: its length, its data, and when what is due. */
export interface Plan {
  readonly data: TrainingData
  readonly stepsPerEpoch: number
  readonly steps: number
  readonly learningRate: (step: number) => number
  /** Whether validation (or, without one, the check at an epoch's end) is due after this many updates. */
  readonly checkDue: (step: number) => boolean
  /** Whether `curveEvery` asks for a point of the curve after this many updates. */
  readonly curveDue: (step: number) => boolean
  readonly plateauMetric: string
  readonly stoppingMetric: string
}

/**
 * Checks `fit`'s options and fills in what they leave open.
 *
 * @throws RetableError `invalid-argument`, saying what was found and expected.
 */
export const makePlan = (options: FitOptions): Plan => {
  checkOptions('fit', options, optionNames)
  const { params, startFrom, epochs, steps, validation, checkpoint, schedule } = options
  if (checkpoint) checkOptions("fit's checkpoint", checkpoint, checkpointNames)
  if (typeof schedule !== 'number' && typeof schedule !== 'function') {
    throw new RetableError(
      'invalid-argument',
      `fit's schedule is a rate or a function from the updates made to the rate, found ${String(schedule)}`,
    )
  }
  if ((params === undefined) === (startFrom === undefined)) {
    throw new RetableError(
      'invalid-argument',
      `fit takes params or startFrom, found ${params ? 'both' : 'neither'}`,
    )
  }
  if ((epochs === undefined) === (steps === undefined)) {
    throw new RetableError(
      'invalid-argument',
      `fit takes epochs or steps, found ${epochs === undefined ? 'neither' : 'both'}`,
    )
  }
  optional('epochs', epochs)
  optional('steps', steps)
  optional('checkpoint.everySteps', checkpoint?.everySteps)
  const minutes = checkpoint?.everyMinutes
  if (minutes !== undefined && !(minutes > 0 && Number.isFinite(minutes))) {
    throw new RetableError(
      'invalid-argument',
      `fit's checkpoint.everyMinutes is a finite number over 0, found ${minutes}`,
    )
  }
  const share = checkpoint?.share
  if (share !== undefined && !(share > 0 && share < 1)) {
    throw new RetableError(
      'invalid-argument',
      `fit's checkpoint.share is a number between 0 and 1, found ${share}`,
    )
  }
  const data = toTrainingData(options)
  const stepsPerEpoch = integer("data's length", data.length)
  const total = steps ?? epochs! * stepsPerEpoch
  if (startFrom) checkStart(startFrom.stepsPerEpoch, stepsPerEpoch)
  const watched = validation ? 'validationLoss' : 'trainLoss'
  return {
    data,
    stepsPerEpoch,
    steps: total,
    learningRate: typeof schedule === 'number' ? () => schedule : schedule,
    checkDue: dueEvery(validation?.every ?? { epochs: 1 }, stepsPerEpoch),
    curveDue: curveDue(options.curveEvery, stepsPerEpoch),
    plateauMetric: options.plateauMetric ?? watched,
    stoppingMetric: options.stoppingMetric ?? watched,
  }
}

const toTrainingData = ({ data, stepsPerEpoch }: FitOptions): TrainingData => {
  if (typeof data !== 'function') return data
  if (stepsPerEpoch === undefined) {
    throw new RetableError(
      'invalid-argument',
      'fit takes stepsPerEpoch, the batches per epoch, if data is a function',
    )
  }
  return { length: integer('stepsPerEpoch', stepsPerEpoch), epoch: data }
}

const checkStart = (found: number, expected: number): void => {
  if (found === expected) return
  throw new RetableError(
    'mismatch',
    `the state to resume from has ${found} batches per epoch, the data ${expected}: it was made with other data or another batch size`,
  )
}

const curveDue = (
  every: FitOptions['curveEvery'],
  stepsPerEpoch: number,
): ((step: number) => boolean) => {
  if (every === undefined) return () => false
  if (typeof every === 'number') {
    integer('curveEvery', every)
    return (step) => step % every === 0
  }
  const { perEpoch } = every
  integer('curveEvery.perEpoch', perEpoch)
  const window = (step: number) => Math.floor((step * perEpoch) / stepsPerEpoch)
  return (step) => window(step) > window(step - 1)
}

const dueEvery = (every: Every, stepsPerEpoch: number): ((step: number) => boolean) => {
  const period =
    'epochs' in every
      ? integer('validation.every.epochs', every.epochs) * stepsPerEpoch
      : integer('validation.every.steps', every.steps)
  return (step) => step % period === 0
}
