import type { CheckpointOptions } from './options.js'
import { cloneState, disposeState, type TrainingState } from './training-state.js'

/** Hands states to `save` beside the training, one at a time. */
export interface Checkpointer {
  /** Whether a save is due after this many updates, beside the training. */
  due(step: number): boolean
  /** Whether a save is due that training waits for: one was asked for, or it is cheap. */
  dueNow(): boolean
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
  const { everySteps, everyMinutes, share, asked, save } = options
  let last = now()
  /** Milliseconds of the quickest save so far: one beside the training, or on a busy machine, takes longer than it costs. */
  let quickest: number | undefined
  let saving = false
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
    dueNow: () =>
      asked?.() === true ||
      (share !== undefined && !saving && now() - last >= (quickest ?? 0) / share),
    due: (step) =>
      failure !== undefined ||
      (everySteps !== undefined && step % everySteps === 0) ||
      (everyMinutes !== undefined && now() - last >= everyMinutes * 60_000),
    save: async (state) => {
      await finish()
      const began = now()
      last = began
      saving = true
      const copy = cloneState(state)
      let held = true
      const release = (): void => {
        if (held) disposeState(copy)
        held = false
      }
      under = (async () => {
        try {
          await save(copy, release)
          quickest = Math.min(quickest ?? Infinity, now() - began)
        } catch (error) {
          failure = { error }
        } finally {
          saving = false
          release()
        }
      })()
    },
    finish,
  }
}
