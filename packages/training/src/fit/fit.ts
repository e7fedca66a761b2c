import { createRandom, isRetableError, RetableError } from '@retable/core'
import { softmaxCrossEntropy } from '../loss/softmax-cross-entropy.js'
import { makeBreather, throwIfAborted } from '../pause.js'
import { makePace } from '../progress/pace.js'
import { assertFinite } from './assert-finite.js'
import { makePlan, type Plan } from './checked-options.js'
import { makeCheckpointer } from './checkpointer.js'
import type { FitOptions, FitResult, TrainingBatch } from './options.js'
import { addBatch, makePoint, noSums } from './record.js'
import { startState, type Held } from './start.js'
import { trainStep, type Learner, type Stepped } from './train-step.js'
import { cloneState, disposeState, type TrainingState } from './training-state.js'
import { validate } from './validate.js'

/**
 * Trains a net: batch by batch, with a schedule, validation, plateau rule, early stopping, checkpoints and progress.
 *
 * Update n (from 0) takes batch n mod B of epoch ⌊n/B⌋, where an epoch has B batches, the rate
 * schedule(n)·plateau.scale, and draws from `random.stream('step', n)`; nothing else enters. So a run that goes on
 * from a state saved after any update (`checkpoint`, `startFrom`) has the bits of the run that was never stopped,
 * curve included, whatever else the process does. A check is a validation that is due (each epoch's end, where there is
 * none): it makes a point of the curve and moves plateau rule and early stopping. The last step is validated even
 * where no check is due.
 *
 * Tensors: what was given stays the caller's (unless `disposeStart`); those of each update are disposed of with the
 * next, so that memory stays flat; the result's are the caller's. On an error nothing of fit's is left.
 *
 * @throws RetableError `invalid-argument` for bad options and for labels that are no class; `diverged` where a loss is
 * NaN or infinite, naming step, batch and learning rate, or at a check or checkpoint a parameter is; `interrupted` where the signal has fired, after the step under
 * way and a checkpoint; `mismatch` where the state to go on from does not fit; what data, callbacks and `save` throw.
 * @example
 * const { params, curve } = await fit({
 *   model,
 *   params: model.init(random),
 *   data: loader(train, { batchSize: 128, shuffle: true, random }),
 *   optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4, form: 'krizhevsky' }),
 *   schedule: 0.01,
 *   epochs: 20,
 *   validation: { data: loader(test, { batchSize: 256 }) },
 *   reduceOnPlateau: reduceOnPlateau({ factor: 0.1, patience: 3 }),
 *   random,
 * })
 */
export const fit = async (options: FitOptions): Promise<FitResult> => {
  const plan = makePlan(options)
  const { data, stepsPerEpoch, steps } = plan
  const { signal, curveEvery } = options
  const run = makeRun(options, plan)
  const stopped = () => run.state.earlyStopping?.stopped === true
  const done = () => run.state.step >= steps || stopped()
  const interrupt = () =>
    throwIfAborted(
      signal,
      () => `training was stopped by its signal after step ${run.state.step} of ${steps}`,
    )
  const pointDue = (step: number) =>
    step === steps ||
    step % stepsPerEpoch === 0 ||
    plan.checkDue(step) ||
    (curveEvery !== undefined && step % curveEvery === 0)

  try {
    if (!run.state.settled) await run.settle()
    while (!done()) {
      interrupt()
      const epoch = Math.floor(run.state.step / stepsPerEpoch)
      const startBatch = run.state.step % stepsPerEpoch
      let next = startBatch
      for await (const batch of data.epoch(epoch, { startBatch })) {
        if (batch.index < next) continue
        if (batch.index > next) throw outOfOrder(epoch, batch.index, next)
        interrupt()
        await run.advance(batch, epoch)
        if (pointDue(run.state.step)) await run.settle()
        await run.saveIfDue()
        await run.breathe()
        next++
        if (next === stepsPerEpoch || done()) break
      }
      if (next < stepsPerEpoch && !done()) throw tooShort(epoch, next, stepsPerEpoch)
    }
    return await run.finish(stopped() ? 'early-stopping' : 'completed')
  } catch (error) {
    await run.abandon(isRetableError(error) && error.code === 'interrupted')
    throw error
  }
}

const outOfOrder = (epoch: number, found: number, expected: number) =>
  new RetableError(
    'invalid-argument',
    `the data gave batch ${found} of epoch ${epoch} where batch ${expected} was due`,
  )

const tooShort = (epoch: number, found: number, expected: number) =>
  new RetableError(
    'invalid-argument',
    `epoch ${epoch} of the data ended after ${found} batches, expected ${expected}`,
  )

/** An update whose loss is still being computed. */
interface Pending {
  readonly at: { step: number; epoch: number; batch: number; learningRate: number; images: number }
  readonly outcome: Stepped['outcome']
}

/** The moving parts of a run: the state it is in, and what is under way. */
const makeRun = (options: FitOptions, plan: Plan) => {
  const { optimizer, model, loss = softmaxCrossEntropy, trainErrors = false } = options
  const { random = createRandom(0), onStep, onPoint, onEpochEnd, onProgress } = options
  const learner: Learner = { model, loss, optimizer, trainErrors }
  const checkpointer = makeCheckpointer(options.checkpoint)
  const pace = makePace()
  let held: Held = startState(options, plan)
  let pending: Pending | undefined
  let untouched = true

  const change = (changes: Partial<TrainingState>): void => {
    held = { ...held, state: { ...held.state, ...changes } }
  }
  const rate = (step: number) => plan.learningRate(step) * (held.state.plateau?.scale ?? 1)

  /** Takes the loss of an update into the state. */
  const judge = async ({ at, outcome }: Pending): Promise<void> => {
    const { loss: value, wrong } = await outcome
    if (!Number.isFinite(value)) throw diverged(value, at)
    change({ sums: addBatch(held.state.sums, at.images, { loss: value, wrong }) })
    pace.tick(at.images)
    onStep?.({ ...at, loss: value })
    if (!onProgress) return
    const [imagesPerSecond, etaSeconds] = [
      pace.imagesPerSecond(),
      pace.etaSeconds(plan.steps - at.step),
    ]
    onProgress({
      phase: 'training',
      step: at.step,
      steps: plan.steps,
      epoch: Math.floor(at.step / plan.stepsPerEpoch),
      loss: value,
      learningRate: at.learningRate,
      ...(imagesPerSecond !== undefined && { imagesPerSecond }),
      ...(etaSeconds !== undefined && { etaSeconds }),
    })
  }

  const flush = async (): Promise<void> => {
    const last = pending
    pending = undefined
    if (last) await judge(last)
  }

  return {
    get state(): TrainingState {
      return held.state
    },
    breathe: makeBreather(),

    /** One update. Its loss is read while the next one is made ready, and judged then. */
    advance: async (batch: TrainingBatch, epoch: number): Promise<void> => {
      const { step, params, optimizer: slots } = held.state
      const learningRate = rate(step)
      const stream = random.stream('step', step)
      const next = trainStep(learner, params, slots, batch, learningRate, stream)
      next.outcome.catch(() => undefined)
      const { release, state } = held
      const made = { params: next.params, optimizer: next.state }
      held = { state: { ...state, ...made, step: step + 1 }, release: () => disposeState(made) }
      untouched = false
      release()
      const images = batch.shape[0]
      const at = { step: step + 1, epoch, batch: batch.index, learningRate, images }
      const before = pending
      pending = { at, outcome: next.outcome }
      if (before) await judge(before)
    },

    /** What is due after an update: validation, a point of the curve, the rules that watch it. */
    settle: async (): Promise<void> => {
      await flush()
      change({ settled: false })
      const { step, params, sums, curve } = held.state
      await assertFinite(params, step)
      const check = plan.checkDue(step)
      const metrics = check || step === plan.steps ? await validate(options, params, step) : {}
      const learningRate = rate(step - 1)
      const { stepsPerEpoch } = plan
      const point = makePoint({ step, stepsPerEpoch, learningRate }, sums, trainErrors, metrics)
      const { plateau, earlyStopping } = held.state
      change({
        settled: true,
        curve: [...curve, point],
        sums: noSums,
        ...(check &&
          options.reduceOnPlateau && {
            plateau: options.reduceOnPlateau.update(
              plateau!,
              watched(point, plan.plateauMetric),
              rate(step),
            ),
          }),
        ...(check &&
          options.earlyStopping && {
            earlyStopping: options.earlyStopping.update(
              earlyStopping!,
              watched(point, plan.stoppingMetric),
            ),
          }),
      })
      await onPoint?.({ step, point, params })
      if (step % stepsPerEpoch === 0) {
        await onEpochEnd?.({ step, point, params, epoch: step / stepsPerEpoch - 1 })
      }
    },

    saveIfDue: async (): Promise<void> => {
      if (!checkpointer?.due(held.state.step)) return
      await flush()
      // A checkpoint that cannot be gone on from must not push out one that can.
      await assertFinite(held.state.params, held.state.step)
      await checkpointer.save(held.state)
    },

    finish: async (ended: FitResult['ended']): Promise<FitResult> => {
      await flush()
      await checkpointer?.finish()
      // Without an update the tensors are still those that were given.
      const state = untouched ? cloneState(held.state) : held.state
      if (untouched) held.release()
      return { params: state.params, state, curve: state.curve, ended }
    },

    /** Lets go of everything; after an interruption, saves first. */
    abandon: async (save: boolean): Promise<void> => {
      try {
        if (save && checkpointer) {
          await flush()
          await assertFinite(held.state.params, held.state.step)
          await checkpointer.save(held.state)
        }
        await checkpointer?.finish()
      } finally {
        await pending?.outcome.catch(() => undefined)
        held.release()
      }
    },
  }
}

const diverged = (value: number, at: Pending['at']) =>
  new RetableError(
    'diverged',
    `the loss is ${value} at step ${at.step - 1}, batch ${at.batch} of epoch ${at.epoch} (all counted from 0), learning rate ${at.learningRate}; a lower rate may help`,
  )

const watched = (point: Readonly<Record<string, number>>, metric: string): number => {
  const value = point[metric]
  if (value === undefined) {
    throw new RetableError(
      'invalid-argument',
      `there is no metric "${metric}" to watch; this check has ${Object.keys(point).join(', ')}`,
    )
  }
  return value
}
