import { rmSync } from 'node:fs'
import { RetableError, isRetableError } from '@retable/core/host'
import { readLease, takeLease, type Lease } from '@retable/core/node'
import type { StoredResult } from '../../unit/result.js'
import { sha256OfJson } from '../../unit/canonical-json.js'
import type { ListedResult, Store } from '../store/store.js'
import { leaseOptions } from './lease-options.js'
import { unitKey } from '../../unit/unit-key.js'
import { makeResult, type UnitRun } from './make-result.js'
import type { UnitOutcome } from './task.js'

/**
 * Makes one unit whose needs are in the store: takes its lease, looks again whether it has a result, runs it, and
 * publishes the result. Leaves the work folder (checkpoints) alone when it throws.
 *
 * A unit with a result but without its artifacts, or with damaged ones, is run again, and must come out the same: the
 * artifacts are then put back and the result stays as it was; that counts as made. If the lease was lost, because this
 * process was suspended or cut off for longer than it lasts, nothing is published: the unit is busy elsewhere.
 */
export const runUnit = async (run: UnitRun): Promise<UnitOutcome> => {
  const { unit, store, signal } = run
  const key = unitKey(unit)
  const lease = takeLease(store.leasePath(key), leaseOptions())
  if (!lease.taken) return { type: 'busy', holder: lease.holder }
  try {
    store.refresh()
    const existing = store.find(key)
    if (existing && (await isSoundResult(store, existing.result))) {
      return { type: 'found', ...existing }
    }
    const both = AbortSignal.any([signal, lease.lost])
    const result = await makeResult({ ...run, signal: both }, lease.nonce)
    if (!lease.stillHeld()) return lostLease(run)
    if (existing) assertSameOutcome(existing.result, result, existing.file)
    const kept = existing ?? publishFirst(store, result)
    // Only now that the result is on the disk are the checkpoints of no more use; what stays is removed another time.
    removeQuietly(store.workDir(key))
    return { type: existing || kept.result === result ? 'made' : 'found', ...kept }
  } catch (error) {
    // One that lost its lease fails as it writes: its folder has gone to another process.
    if (!signal.aborted && hasLost(lease)) return lostLease(run)
    throw error
  } finally {
    lease.release()
  }
}

const hasLost = (lease: Lease): boolean => {
  try {
    return !lease.stillHeld()
  } catch {
    // A disk that cannot be written says nothing of the lease; the first error counts.
    return false
  }
}

const lostLease = ({ unit, store, listener }: UnitRun): UnitOutcome => {
  listener.log('this process was suspended or cut off for too long: another one has taken the unit')
  const holder = readLease(store.leasePath(unitKey(unit)))
  return { type: 'busy', holder }
}

/** Publishes a result, or returns the one that was quicker. */
const publishFirst = (store: Store, result: StoredResult): ListedResult => {
  try {
    return { result, file: store.write(result) }
  } catch (error) {
    const first = isRetableError(error) && error.code === 'mismatch' && store.find(result.key)
    if (first) return first
    throw error
  }
}

const removeQuietly = (folder: string | undefined): void => {
  try {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  } catch {
    // A left-over of a finished unit: the next run removes it.
  }
}

/** Whether every artifact of a result is in the store and has its hash. */
const isSoundResult = async (store: Store, { artifacts }: StoredResult): Promise<boolean> => {
  for (const artifact of Object.values(artifacts)) {
    if (!(await store.isSound(artifact))) return false
  }
  return true
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
