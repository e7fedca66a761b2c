import { rmSync } from 'node:fs'
import { RetableError } from '@retable/core/host'
import { tryLock } from '@retable/core/node'
import type { StoredResult } from '../../unit/result.js'
import { sha256OfJson } from '../../unit/canonical-json.js'
import { isWhole } from '../../plan/missing.js'
import { unitKey } from '../../unit/unit-key.js'
import { makeResult, type UnitRun } from './make-result.js'
import type { UnitOutcome } from './task.js'

/**
 * Makes one unit whose needs are in the store: takes its lock, looks again whether it has a result, runs it, and
 * writes the result. Leaves the work folder (checkpoints) alone when it throws.
 *
 * A unit with a result but without its artifacts is run again, and must come out the same: the artifacts are then
 * put back and the result stays as it was; that counts as made.
 */
export const runUnit = async (run: UnitRun): Promise<UnitOutcome> => {
  const { unit, store } = run
  const key = unitKey(unit)
  const lock = tryLock(store.lockPath(key))
  if (!lock.taken) return { type: 'busy', holder: lock.holder }
  try {
    const existing = store.find(key)
    if (existing && isWhole(store, existing.result)) return { type: 'found', ...existing }
    const result = await makeResult(run)
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
