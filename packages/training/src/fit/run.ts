import { createRandom, RetableError, type Params } from '@retable/core'
import type { OptimizerState } from '@retable/optimizers'
import { assertFinite, assertFiniteImages } from '../finite.js'
import { softmaxCrossEntropy } from '../loss/softmax-cross-entropy.js'
import { makeBreather } from '../pause.js'
import { createStepClock } from '../progress/step-clock.js'
import type { Plan } from './checked-options.js'
import { makeCheckpointer } from './checkpointer.js'
import type { FitOptions, FitResult, TrainingBatch } from './options.js'
import { addBatch, makePoint, noSums } from './record.js'
import { startState, type Held } from './start.js'
import { makeTrainer, type Stepped } from './train-step.js'
import { cloneState, disposeState, type RunningSums, type TrainingState } from './training-state.js'
import { validate } from './validate.js'

/** A run of `fit`, step by step. */
export interface Run {
  readonly state: TrainingState
  /** Lets timers and signals have their turn. */
  readonly breathe: () => Promise<void>
  /** One update. Its loss is read while the next one is made ready, and judged then. */
  readonly advance: (batch: TrainingBatch, epoch: number) => Promise<void>
  /** What is due after an update: validation, a point of the curve, the rules that watch it. */
  readonly settle: () => Promise<void>
  readonly saveIfDue: () => Promise<void>
  readonly finish: (ended: FitResult['ended']) => Promise<FitResult>
  /** Lets go of everything; after an interruption, saves first. */
  readonly abandon: (save: boolean) => Promise<void>
}

/** An update whose loss is still being computed. */
interface Pending {
  readonly at: { step: number; epoch: number; batch: number; learningRate: number; images: number }
  readonly outcome: Stepped['outcome']
}

/** The moving parts of a run: the state it is in, and what is under way. */
export const makeRun = (options: FitOptions, plan: Plan): Run => {
  const { optimizer, model, loss = softmaxCrossEntropy, trainErrors = false } = options
  const { random = createRandom(0), onStep, onPoint, onEpochEnd, onProgress } = options
  const trainer = makeTrainer({ model, loss, optimizer, trainErrors })
  const checkpointer = makeCheckpointer(options.checkpoint)
  const clock = createStepClock()
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
    const { sums, sinceCheck } = held.state
    const more = (to: RunningSums) => addBatch(to, at.images, { loss: value, wrong })
    change({ sums: more(sums), sinceCheck: more(sinceCheck) })
    clock.tick(at.images)
    onStep?.({ ...at, loss: value })
    if (!onProgress) return
    const [imagesPerSecond, etaSeconds] = [
      clock.imagesPerSecond(),
      clock.etaSeconds(plan.steps - at.step),
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

  /** Checks the parameters as they are after the last update, and the optimizer's state if it is given. */
  const assertSound = async (
    params: Params,
    slots: OptimizerState['slots'] = {},
  ): Promise<void> => {
    const where = ` after step ${held.state.step}; a lower learning rate may help`
    await assertFinite(params, where)
    for (const [slot, tree] of Object.entries(slots)) {
      await assertFinite(tree, where, `optimizer state "${slot}" of`)
    }
  }

  return {
    get state(): TrainingState {
      return held.state
    },
    breathe: makeBreather(),

    advance: async (batch: TrainingBatch, epoch: number): Promise<void> => {
      const { step, params, optimizer: slots } = held.state
      assertFiniteImages(batch, ` (epoch ${epoch}, batch ${batch.index})`)
      const learningRate = rate(step)
      const stream = random.stream('step', step)
      const next = trainer.step(params, slots, batch, learningRate, stream)
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

    settle: async (): Promise<void> => {
      await flush()
      change({ settled: false })
      const { step, params, sums, sinceCheck, curve, plateau, earlyStopping } = held.state
      await assertSound(params)
      const check = plan.checkDue(step)
      const metrics = check || step === plan.steps ? await validate(options, params, step) : {}
      const { stepsPerEpoch, plateauMetric, stoppingMetric } = plan
      const at = { step, stepsPerEpoch, learningRate: rate(step - 1) }
      const point = makePoint(at, sums, trainErrors, metrics)
      // The rules see all of training since they last looked, however finely the curve is drawn.
      const found = check ? makePoint(at, sinceCheck, trainErrors, metrics) : undefined
      change({
        settled: true,
        curve: [...curve, point],
        sums: noSums,
        ...(found && { sinceCheck: noSums, lastCheck: found }),
        ...(found &&
          options.reduceOnPlateau && {
            plateau: options.reduceOnPlateau.update(
              plateau!,
              watched(found, plateauMetric),
              rate(step),
            ),
          }),
        ...(found &&
          options.earlyStopping && {
            earlyStopping: options.earlyStopping.update(
              earlyStopping!,
              watched(found, stoppingMetric),
            ),
          }),
      })
      await onPoint?.({ step, point, params })
      if (step % stepsPerEpoch === 0) {
        await onEpochEnd?.({ step, point, params, epoch: step / stepsPerEpoch - 1 })
      }
    },

    saveIfDue: async (): Promise<void> => {
      if (!checkpointer) return
      const now = checkpointer.dueNow()
      if (!now && !checkpointer.due(held.state.step)) return
      await flush()
      // A checkpoint that cannot be resumed from must not push out one that can.
      await assertSound(held.state.params, held.state.optimizer.slots)
      await checkpointer.save(held.state)
      if (now) await checkpointer.finish()
    },

    finish: async (ended: FitResult['ended']): Promise<FitResult> => {
      await flush()
      await assertSound(held.state.params, held.state.optimizer.slots)
      await checkpointer?.finish()
      // Without an update the tensors are still those that were given.
      const state = untouched ? cloneState(held.state) : held.state
      if (untouched) held.release()
      trainer.dispose()
      return { params: state.params, state, curve: state.curve, ended }
    },

    abandon: async (save: boolean): Promise<void> => {
      try {
        if (save && checkpointer) {
          await flush()
          await assertSound(held.state.params, held.state.optimizer.slots)
          await checkpointer.save(held.state)
        }
        await checkpointer?.finish()
      } finally {
        await pending?.outcome.catch(() => undefined)
        held.release()
        trainer.dispose()
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
