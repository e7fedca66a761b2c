import { rmSync } from 'node:fs'
import { RetableError } from '@retable/core/host'
import { tryLock, type LockHolder } from '@retable/core/node'
import type { StoredResult } from '../../unit/result.js'
import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import { sha256OfJson } from '../../unit/canonical-json.js'
import type { Store } from '../store/store.js'
import { isWhole } from '../../plan/missing.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Services } from './services.js'
import { workUnit } from './work-unit.js'

/** What {@link runUnit} tells while it works. */
export interface UnitListener {
  /** The unit's lock is taken and work begins. */
  started(): void
  progress(progress: Progress): void
  log(line: string): void
}

/** How {@link runUnit} is to go on from what an earlier process left. */
export interface ResumeChoice {
  /** Go on from a checkpoint although backend or packages differ. */
  readonly force?: boolean
  /** Throw checkpoints away and begin anew. */
  readonly restart?: boolean
}

/** What {@link runUnit} did: `made` is work of this call, `found` another's. */
export type UnitOutcome =
  | { readonly type: 'made'; readonly result: StoredResult; readonly file: string }
  | { readonly type: 'found'; readonly result: StoredResult; readonly file: string }
  | { readonly type: 'busy'; readonly holder: LockHolder | undefined }

/**
 * Makes one unit whose needs are in the store: takes its lock, looks again whether it has a result, runs it, and
 * writes the result. Leaves the work folder (checkpoints) alone when it throws.
 *
 * A unit with a result but without its artifacts is run again, and must come out the same: the artifacts are then
 * put back and the result stays as it was; that counts as made.
 */
export const runUnit = async (
  unit: Unit,
  services: Services,
  store: Store,
  listener: UnitListener,
  signal: AbortSignal,
  choice: ResumeChoice = {},
): Promise<UnitOutcome> => {
  const key = unitKey(unit)
  const lock = tryLock(store.lockPath(key))
  if (!lock.taken) return { type: 'busy', holder: lock.holder }
  try {
    const existing = store.find(key)
    if (existing && isWhole(store, existing.result)) return { type: 'found', ...existing }
    const result = await workUnit(unit, services, store, listener, signal, choice)
    if (existing) assertSameOutcome(existing.result, result, existing.file)
    const kept = existing ?? { result, file: store.write(result) }
    // Only now that the result is on the disk are the checkpoints of no more use.
    rmSync(store.workDir(key), { recursive: true, force: true })
    return { type: 'made', ...kept }
  } finally {
    lock.release()
  }
}

/** The hash of what a unit computed, without when, where and how long: equal runs have equal ones. */
export const outcomeHash = ({ metrics, curve, extra, artifacts }: StoredResult): string => {
  const files = Object.entries(artifacts).map(
    ([name, artifact]) => [name, artifact.sha256] as const,
  )
  return sha256OfJson({ metrics, curve, extra, artifacts: Object.fromEntries(files) })
}

const assertSameOutcome = (before: StoredResult, now: StoredResult, file: string): void => {
  if (outcomeHash(before) === outcomeHash(now)) return
  throw new RetableError(
    'mismatch',
    `unit "${before.label}" was run again for its lost artifacts and came out different from ${file}; ` +
      'delete that result, or keep the new run in another --results folder',
  )
}
