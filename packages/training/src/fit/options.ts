import type { CurvePoint, Params, Random } from '@retable/core'
import type { Batch } from '@retable/datasets'
import type { EarlyStopping, Optimizer, Plateau } from '@retable/optimizers'
import type { EvaluationBatch } from '../evaluation/predict.js'
import type { Protocol } from '../evaluation/protocol.js'
import type { Loss } from '../loss/softmax-cross-entropy.js'
import type { ModelLike } from '../model-like.js'
import type { OnProgress } from '../progress/progress.js'
import type { TrainingState } from './training-state.js'

/** What training needs of a batch; a `Batch` of `@retable/datasets` has it. */
export type TrainingBatch = Pick<Batch, 'images' | 'labels' | 'indices' | 'shape' | 'index'> &
  Partial<Pick<Batch, 'views'>>

/** Batches epoch by epoch; a `Loader` of `@retable/datasets` is one. */
export interface TrainingData {
  /** batches per epoch */
  readonly length: number
  /** The batches of an epoch from `startBatch` on; any of them the same whenever it is asked for. */
  epoch(epoch: number, options: { readonly startBatch: number }): AsyncIterable<TrainingBatch>
}

/** Every so many epochs or updates. */
export type Every = { readonly epochs: number } | { readonly steps: number }

/** Validation on a data set under a protocol. */
export interface DataValidation {
  /** Each example once. */
  readonly data: AsyncIterable<EvaluationBatch>
  /** Default `asIs()`. */
  readonly protocol?: Protocol
  /** Default every epoch; the last step is always validated. */
  readonly every?: Every
}

/** Validation by a function of your own. */
export interface CustomValidation {
  /** Metrics of the parameters as they are, by the names they get in the curve; must not dispose of them. */
  readonly run: (
    params: Params,
    at: { readonly step: number; readonly signal: AbortSignal | undefined },
  ) => Promise<Readonly<Record<string, number>>>
  /** When it is called. Default: at the end of each epoch. */
  readonly every?: Every
}

/** One update, as it is reported once its loss is known. */
export interface StepEvent {
  /** Updates made, this one among them. */
  readonly step: number
  /** Of the batch, counted from 0. */
  readonly epoch: number
  /** The batch's number in its epoch, from 0. */
  readonly batch: number
  /** Mean loss of the batch, before the update. */
  readonly loss: number
  /** The rate of the update. */
  readonly learningRate: number
  /** Images in the batch. */
  readonly images: number
}

/** A moment at which the parameters can be looked at. */
export interface PointEvent {
  /** Updates made. */
  readonly step: number
  /** The point, as it is in the curve. */
  readonly point: CurvePoint
  /** As they are; valid until the callback's promise settles, and not to be disposed of. */
  readonly params: Params
}

/** Options of {@link fit}. */
export interface FitOptions {
  /** The net: anything with `classes` and `apply(params, images, { training, random })`. */
  readonly model: ModelLike
  /** Where to start, unless `startFrom` says; stay the caller's (see `disposeStart`). */
  readonly params?: Params
  /** A state to resume from exactly: what `checkpoint.save` was given, or an earlier result's `state`. */
  readonly startFrom?: TrainingState
  /** Dispose of `params` or `startFrom` as soon as they have been replaced. Default false. */
  readonly disposeStart?: boolean
  /** A loader, or a function from the epoch to its batches (with `stepsPerEpoch`). */
  readonly data: TrainingData | TrainingData['epoch']
  /** Batches per epoch, if `data` is a function. */
  readonly stepsPerEpoch?: number
  /** Default `softmaxCrossEntropy`; `crossEntropy({ labelSmoothing: 0.1 })` for smoothed labels. */
  readonly loss?: Loss
  /** A pure optimizer of `@retable/optimizers`; its state belongs to the run. */
  readonly optimizer: Optimizer
  /** A schedule of `@retable/optimizers`, a function from the updates made to the rate, or a constant rate. */
  readonly schedule: number | ((step: number) => number)
  /** How long to train; one of the two. */
  readonly epochs?: number
  /** Updates, if not whole epochs. */
  readonly steps?: number
  /** The run's stream: update n draws (dropout) from `random.stream('step', n)`. Default `createRandom(0)`. */
  readonly random?: Random
  /** What is measured of the parameters, and how often. Default: nothing. */
  readonly validation?: DataValidation | CustomValidation
  /** Multiplies the schedule's rate by its scale, updated at each check. */
  readonly reduceOnPlateau?: Plateau
  /** Ends the run when its metric no longer improves; asked at each check. Default: never. */
  readonly earlyStopping?: EarlyStopping
  /**
   * The metrics that the two watch, by their names in the curve; of training the means since the last check, whatever
   * `curveEvery` is. Default `validationLoss`, without validation `trainLoss`.
   */
  readonly plateauMetric?: string
  /** What `earlyStopping` watches. */
  readonly stoppingMetric?: string
  /** Count the training batches' errors too (`trainTop1` in the curve). Default false. */
  readonly trainErrors?: boolean
  /**
   * Points of the curve beside those at checks and epochs' ends: every so many updates, or so many per epoch, over as
   * many batches each, give or take one. Default none. It draws the curve and changes nothing else.
   */
  readonly curveEvery?: number | { readonly perEpoch: number }
  /** After each update, in order, as soon as its loss is known: up to one update later. */
  readonly onStep?: (event: StepEvent) => void
  /** At each point of the curve: every check, and as `curveEvery` says. */
  readonly onPoint?: (event: PointEvent) => void | Promise<void>
  /** At each epoch's end, after its validation. */
  readonly onEpochEnd?: (event: PointEvent & { readonly epoch: number }) => void | Promise<void>
  /** Called after each update and each validation batch, for displays. */
  readonly onProgress?: OnProgress
  /** Stops after the current update: a checkpoint is saved, and the result says that it was interrupted. */
  readonly signal?: AbortSignal
  /** When the state is saved, and how. Default: never. */
  readonly checkpoint?: CheckpointOptions
}

/** When and how a run's state is written down. */
export interface CheckpointOptions {
  /** Updates between saves. Default: no limit. */
  readonly everySteps?: number
  /** Minutes between saves, by the clock. Default: no limit. */
  readonly everyMinutes?: number
  /**
   * Saves cheap states often: with 0.05, a save is due when the quickest one so far took a twentieth of the time since the
   * last one, and the first save after the first update. Training waits for these. A state whose saves are dear is left to
   * `everyMinutes`, if that comes first. Default: no saves for this reason.
   */
  readonly share?: number
  /**
   * Called after each update; `true` saves now, and training waits until that is done: for a run that may soon be cut off.
   * Default: never asked for.
   */
  readonly asked?: () => boolean
  /**
   * Writes the state down. Its tensors live until the promise settles, or until `release` is called, which frees them as
   * soon as they have been copied; training continues meanwhile, and waits only if the next save comes before this
   * one is done. Called when due, and when the signal fires.
   */
  readonly save: (state: TrainingState, release: () => void) => void | Promise<void>
}

/** What {@link fit} gives back. */
export interface FitResult {
  /** The last parameters; the caller's. */
  readonly params: Params
  /** The state after the last update; `state.params` are `params`, the optimizer's tensors are the caller's too. */
  readonly state: TrainingState
  /** Points of the learning curve, in order. */
  readonly curve: readonly CurvePoint[]
  /** Why the run ended. */
  readonly ended: 'completed' | 'early-stopping'
}
