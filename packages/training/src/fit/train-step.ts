import {
  canCapture,
  captureStep,
  disposeParams,
  RetableError,
  valueAndGrads,
  type Captured,
  type Params,
  type Random,
  type TensorTree,
} from '@retable/core'
import type { Context } from '@retable/layers'
import type { ChangingNumber, Optimizer, OptimizerState, Updated } from '@retable/optimizers'
import * as tf from '@tensorflow/tfjs-core'
import { checkLabels } from '../loss/labels.js'
import { takesTensors, type Loss } from '../loss/softmax-cross-entropy.js'
import type { ModelLike } from '../model-like.js'
import { pathBelow, unwatched, watchedRandom, type Draw } from './draws.js'
import type { TrainingBatch } from './options.js'

/** What stays the same from update to update. */
export interface Learner {
  /** What is trained. */
  readonly model: ModelLike
  /** What is minimized. */
  readonly loss: Loss
  /** The rule of an update. */
  readonly optimizer: Optimizer
  /** Whether wrong answers on the training batches are counted. */
  readonly trainErrors: boolean
}

/** An update that has been asked for; the backend may still be working on it. */
export interface Stepped extends Updated {
  /** The batch's loss before the update and, if they are counted, its wrong answers. */
  readonly outcome: Promise<{ readonly loss: number; readonly wrong: number }>
}

/** Makes updates. */
export interface Trainer {
  /** One update on one batch. What it is given stays the caller's; it returns new tensors and leaves no others. */
  readonly step: (
    params: Params,
    state: OptimizerState,
    batch: TrainingBatch,
    learningRate: number,
    random: Random,
  ) => Stepped
  /** Lets go of recorded steps. */
  readonly dispose: () => void
}

/** What the tensors of an update are made from. */
interface Given {
  readonly images: tf.Tensor4D
  readonly params: Params
  readonly slots: OptimizerState['slots']
}

/** Where an update gets the numbers that come from the host. */
interface Sources {
  readonly labels: Int32Array | tf.Tensor1D
  readonly step: number
  readonly learningRate: number
  readonly context: Context
  readonly changing?: ChangingNumber
  /** called with the number of classes, before the loss */
  readonly check: (classes: number) => void
}

/** An update's results: the loss, and after it the number of right answers if they are counted. */
type Made = {
  readonly outcome: tf.Tensor
  readonly params: Params
  readonly slots: OptimizerState['slots']
}

/** An update whose numbers from the host are inputs, so that a backend can replay it. */
interface Recorded {
  readonly captured: Captured<TensorTree, Made>
  readonly numbers: ReadonlyMap<string, Parameters<ChangingNumber>[1]>
  readonly draws: readonly Draw[]
  readonly classes: number
  /** the update being made */
  now: Moment
}

/**
 * Makes updates with a learner. If the backend can capture steps, an update is replayed from the fourth on: the
 * first tells which numbers the layers and the optimizer make on the host, which are inputs from then on. Not for
 * losses of the caller's own, which take labels on the host, nor for layers that draw in another way than by `ctx.draw`.
 */
export const makeTrainer = (learner: Learner): Trainer => {
  const recorded = new Map<string, Recorded | null>()
  return {
    step: (params, state, batch, learningRate, random) => {
      const labels = labelsOf(batch)
      const check = (classes: number): void =>
        checkLabels(
          labels,
          classes,
          (i) =>
            `the label of example ${batch.indices[Math.floor(i / (batch.views ?? 1))]} (batch ${batch.index})`,
        )
      const moment = { step: state.step, learningRate, random, check }
      const key = batch.shape.join()
      const known = recorded.get(key)
      const images = tf.tensor4d(batch.images, [...batch.shape], 'float32')
      const given = { images, params, slots: state.slots }
      // Of every step, so that those before the first replay have its graph, and its session.
      const targets = captures(learner) ? tf.tensor1d(labels, 'int32') : labels
      const at = { ...moment, labels: targets }
      try {
        let made: Made
        if (known) made = replayed(known, given, at)
        else if (known === null) made = compute(learner, given, plainly(at))
        else {
          const first = observed(learner, given, at)
          recorded.set(key, first.recorded)
          made = first.made
        }
        return {
          params: made.params,
          state: { step: state.step + 1, slots: made.slots },
          outcome: read(made.outcome, labels.length),
        }
      } finally {
        images.dispose()
        if (targets instanceof tf.Tensor) targets.dispose()
      }
    },
    dispose: () => {
      for (const step of recorded.values()) step?.captured.dispose()
      recorded.clear()
    },
  }
}

/** The host's side of one update. */
interface Moment {
  readonly step: number
  readonly learningRate: number
  readonly random: Random
  readonly labels: Int32Array | tf.Tensor1D
  readonly check: (classes: number) => void
}

/** Whether updates may be replayed: the backend can, and the loss takes labels as a tensor. */
const captures = ({ loss }: Learner): boolean => takesTensors(loss) && canCapture()

const plainly = ({ random, ...at }: Moment): Sources => ({
  ...at,
  context: { training: true, random },
})

const compute = (
  { model, loss, optimizer, trainErrors }: Learner,
  { images, params, slots }: Given,
  { labels, step, learningRate, context, changing, check }: Sources,
): Made => {
  let right: tf.Tensor | undefined
  let made: { value: tf.Scalar; grads: Params } | undefined
  try {
    made = valueAndGrads((p) => {
      const logits = model.apply(p, images, context)
      check(logits.shape[1])
      if (trainErrors) right = tf.keep(countRight(logits, labels))
      return loss(logits, labels as Int32Array)
    }, params)
    const state = { step, slots }
    const updated = optimizer.update(params, made.grads, state, learningRate, changing)
    const outcome = right ? tf.stack([made.value, right]) : tf.reshape(made.value, [1])
    return { outcome, params: updated.params, slots: updated.state.slots }
  } finally {
    made?.value.dispose()
    right?.dispose()
    if (made) disposeParams(made.grads)
  }
}

/** An update made as usual, and how to make those that follow from recorded kernels; null if they cannot be. */
const observed = (
  learner: Learner,
  given: Given,
  at: Moment,
): { readonly made: Made; readonly recorded: Recorded | null } => {
  const draws: Draw[] = []
  const numbers = new Map<string, Parameters<ChangingNumber>[1]>()
  const scalars = new Map<string, tf.Scalar>()
  let drewItself = false
  let classes = 0
  const context: Context = {
    training: true,
    random: watchedRandom(at.random, () => (drewItself = true)),
    draw: (stream, make, shape) => {
      const from = unwatched(stream)
      draws.push({ path: pathBelow(from, at.random), make, shape: [...shape] })
      return tf.tensor(make(from), [...shape], 'float32')
    },
  }
  const changing: ChangingNumber = (name, formula) => {
    const known = scalars.get(name)
    if (known) return known
    const scalar = tf.keep(tf.scalar(formula(at.step, at.learningRate), 'float32'))
    numbers.set(name, formula)
    scalars.set(name, scalar)
    return scalar
  }
  const check = (found: number): void => {
    classes = found
    at.check(found)
  }
  try {
    const made = compute(learner, given, { ...plainly(at), context, changing, check })
    // An optimizer that names no number takes the learning rate in another way, as a loss of your own does the labels.
    const usual = numbers.size > 0 && captures(learner) && !drewItself
    const captured = usual ? captureStep(stepOf(learner, draws, () => recorded!.now)) : null
    const recorded: Recorded | null = captured && { captured, numbers, draws, classes, now: at }
    return { made, recorded }
  } finally {
    for (const scalar of scalars.values()) scalar.dispose()
  }
}

type Inputs = Given & {
  readonly labels: tf.Tensor1D
  readonly numbers: Readonly<Record<string, tf.Scalar>>
  readonly draws: Readonly<Record<string, tf.Tensor>>
}

/** An update as a function of tensors, the numbers from the host among them. `now` is the update being made. */
const stepOf =
  (learner: Learner, draws: readonly Draw[], now: () => Moment): ((inputs: TensorTree) => Made) =>
  (inputs) => {
    const { labels, numbers, draws: drawn, ...given } = inputs as unknown as Inputs
    const at = now()
    let next = 0
    const context: Context = {
      training: true,
      random: at.random,
      draw: (stream, make, shape) => {
        const i = next++
        if (draws[i]?.path.join() === pathBelow(stream, at.random).join()) return drawn[i]!
        // The net draws otherwise than it did at first: what it draws here keeps the step from being replayed.
        return tf.tensor(make(stream), [...shape], 'float32')
      },
    }
    const changing: ChangingNumber = (name, formula) =>
      numbers[name] ?? tf.scalar(formula(at.step, at.learningRate), 'float32')
    return compute(learner, given, { ...at, labels, context, changing })
  }

/** An update by its recorded kernels, or by the function that made them if that cannot be replayed. */
const replayed = (recorded: Recorded, given: Given, at: Moment): Made => {
  const { captured, numbers, draws, classes } = recorded
  at.check(classes)
  recorded.now = at
  const own = {
    numbers: Object.fromEntries(
      [...numbers].map(([name, formula]) => [
        name,
        tf.scalar(formula(at.step, at.learningRate), 'float32'),
      ]),
    ),
    draws: Object.fromEntries(
      draws.map(({ path, make, shape }, i) => [
        i,
        tf.tensor(make(at.random.stream(...path)), [...shape], 'float32'),
      ]),
    ),
  }
  try {
    return captured({ ...given, ...own, labels: at.labels as tf.Tensor1D })
  } finally {
    tf.dispose(own)
  }
}

const labelsOf = ({ labels, shape, views = 1 }: TrainingBatch): Int32Array => {
  if (shape[0] !== labels.length * views) {
    throw new RetableError(
      'invalid-shape',
      `a batch of images [${shape.join(', ')}] has ${labels.length} labels, expected one for each ${views === 1 ? 'image' : `${views} images`}`,
    )
  }
  return views === 1
    ? labels
    : Int32Array.from({ length: shape[0] }, (_, i) => labels[Math.floor(i / views)]!)
}

const countRight = (logits: tf.Tensor2D, labels: Int32Array | tf.Tensor1D): tf.Tensor =>
  tf.tidy(() => {
    const given = labels instanceof tf.Tensor ? labels : tf.tensor1d(labels, 'int32')
    return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), given), 'float32'))
  })

/** Starts reading at once, and both numbers in one piece: a read is where some backends wait. */
const read = async (
  outcome: tf.Tensor,
  count: number,
): Promise<{ loss: number; wrong: number }> => {
  try {
    const [loss, right] = await outcome.data()
    return { loss: loss!, wrong: right === undefined ? 0 : count - right }
  } finally {
    outcome.dispose()
  }
}
