import { isRetableError, RetableError } from '@retable/core'
import { throwIfAborted } from '../pause.js'
import { makePlan } from './checked-options.js'
import { requireFloat32 } from './require-float32.js'
import type { FitOptions, FitResult } from './options.js'
import { makeRun } from './run.js'

/**
 * Trains a net: batch by batch, with a schedule, validation, plateau rule, early stopping, checkpoints and progress.
 *
 * Update n (from 0) takes batch n mod B of epoch ⌊n/B⌋, if an epoch has B batches, the rate
 * schedule(n)·plateau.scale, and draws from `random.stream('step', n)`; nothing else enters. So a run that resumes
 * from a state saved after any update (`checkpoint`, `startFrom`) has the bits of the run that was never stopped,
 * curve included, whatever else the process does. A check is a validation that is due (each epoch's end, if there is
 * none): it makes a point of the curve and moves plateau rule and early stopping, which see the training batches since
 * the last check (`state.lastCheck`). The last step is validated even if no check is due.
 * A point's `trainLoss` and `trainTop1` are means over the batches since the point before.
 *
 * Tensors: what was given stays the caller's (unless `disposeStart`); those of each update are disposed of with the
 * next, so that memory stays flat; the result's are the caller's. On an error nothing of fit's is left.
 *
 * @throws RetableError `invalid-argument` for bad options and for labels that are no class; `diverged` if a loss is
 * NaN or infinite, naming step, batch and learning rate, or at a check or checkpoint a parameter is; `corrupt-data` if
 * an image is, naming the example; `interrupted` if the signal has fired, after the step under way and a checkpoint;
 * `mismatch` if the state to resume from does not fit; `unavailable` on WebGL without 32-bit numbers; what data, callbacks and `save` throw.
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
  requireFloat32()
  const plan = makePlan(options)
  const { data, stepsPerEpoch, steps } = plan
  const { signal } = options
  const run = makeRun(options, plan)
  const stopped = () => run.state.earlyStopping?.stopped === true
  const done = () => run.state.step >= steps || stopped()
  const interrupt = () =>
    throwIfAborted(
      signal,
      () => `training was stopped by its signal after step ${run.state.step} of ${steps}`,
    )
  const pointDue = (step: number) =>
    step === steps || step % stepsPerEpoch === 0 || plan.checkDue(step) || plan.curveDue(step)

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
