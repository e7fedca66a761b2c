import { createThroughput } from '@retable/core/host'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { speedOf, type Speed } from '../../plan/speeds.js'
import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'
import { runUnit } from '../run/run-unit.js'
import type { Perform } from '../run/task.js'
import type { Services } from '../run/services.js'
import { openStore } from '../store/store.js'

/** What {@link trySpeed} found. */
export interface Trial {
  readonly speed: Speed
  /** Seconds that opening data sets took, which are no part of the speed. */
  readonly openingSeconds: number
}

/**
 * Runs a unit that needs no other for a while in a folder of its own, which is deleted, and measures its speed: on steps
 * after the first, so that a trial lasts at least two.
 *
 * @param seconds how long the steps that count may take
 * @throws what the unit throws; RetableError `interrupted` if `signal` fires.
 */
export const trySpeed = async ({
  unit,
  services,
  settings,
  seconds,
  signal,
  perform,
}: {
  readonly unit: Unit
  readonly services: Services
  readonly settings: RunSettings
  readonly seconds: number
  readonly signal: AbortSignal
  /** What runs the unit, if not this process. */
  readonly perform?: Perform
}): Promise<Trial> => {
  const folder = mkdtempSync(join(tmpdir(), 'retable-trial-'))
  const store = openStore(folder)
  store.prepare()
  const enough = new AbortController()
  const now = () => performance.now() / 1000
  const began = now()
  let openingSeconds = 0
  const timed: Services = {
    ...services,
    openData: async (request) => {
      const asked = now()
      try {
        return await services.openData(request)
      } finally {
        openingSeconds += now() - asked
      }
    },
  }
  // The first steps are slow; fewer of them if these alone would take longer than the trial.
  const done = createThroughput({ warmUpMarks: 3, warmUpSeconds: seconds })
  let measured: number | undefined
  const listener = {
    started: () => undefined,
    log: () => undefined,
    progress: ({ step, steps }: { readonly step: number; readonly steps: number }) => {
      done.reach(steps > 0 ? step / steps : 0)
      measured = done.secondsEach()
      if (measured !== undefined && now() - done.start()!.at >= seconds) enough.abort()
    },
  }
  let whole: Speed | undefined
  try {
    const outcome = await runUnit({
      unit,
      settings: { ...settings, logs: [] },
      listener,
      signal: AbortSignal.any([enough.signal, signal]),
      services: timed,
      store,
      ...(perform && { perform }),
    })
    if (outcome.type !== 'busy') whole = speedOf(outcome.result)
  } catch (error) {
    if (signal.aborted || !enough.signal.aborted) throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const start = done.start()
  if (measured === undefined || start === undefined) {
    return { speed: whole ?? { start: 0, perCost: (now() - began) / unit.cost }, openingSeconds }
  }
  const starting = start.at - began - openingSeconds - measured * start.done
  return {
    speed: { start: Math.max(0, starting), perCost: measured / unit.cost },
    openingSeconds,
  }
}
