import type { CheckpointOptions } from './options.js'
import { cloneState, disposeState, type TrainingState } from './training-state.js'

/** Hands states to `save` beside the training, one at a time. */
export interface Checkpointer {
  /** Whether a save is due after this many updates. */
  due(step: number): boolean
  /** Whether a save was asked for, which is to be waited for. */
  asked(): boolean
  /** Starts to save; waits first for the save before. Throws what a save threw. */
  save(state: TrainingState): Promise<void>
  /** Waits for the save under way. Throws what it threw. */
  finish(): Promise<void>
}

/** A checkpointer, or undefined if none is needed. */
export const makeCheckpointer = (
  options: CheckpointOptions | undefined,
  now: () => number = () => performance.now(),
): Checkpointer | undefined => {
  if (!options) return undefined
  const { everySteps, everyMinutes, asked, save } = options
  let last = now()
  let under: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined
  const finish = async (): Promise<void> => {
    await under
    if (!failure) return
    const { error } = failure
    failure = undefined
    throw error
  }
  return {
    asked: () => asked?.() === true,
    due: (step) =>
      failure !== undefined ||
      (everySteps !== undefined && step % everySteps === 0) ||
      (everyMinutes !== undefined && now() - last >= everyMinutes * 60_000),
    save: async (state) => {
      await finish()
      last = now()
      const copy = cloneState(state)
      let held = true
      const release = (): void => {
        if (held) disposeState(copy)
        held = false
      }
      under = (async () => {
        try {
          await save(copy, release)
        } catch (error) {
          failure = { error }
        } finally {
          release()
        }
      })()
    },
    finish,
  }
}
