import { closeSync, existsSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import {
  explainFileError,
  makeFolder,
  refreshFile,
  systemCode,
  takeLease,
  writeWholeFile,
} from '@retable/core/node'
import { packUnit, unpackUnit, type UnitDefinitions } from '../../unit/pack.js'
import type { RunSettings } from '../../unit/settings.js'
import { unitKey } from '../../unit/unit-key.js'
import type { PlainError } from '../../unit/plain-error.js'
import type { Unit } from '../../unit/unit.js'
import { leaseOptions } from '../run/lease-options.js'
import type { Store } from '../store/store.js'

/** A unit that workers are to run. */
export interface QueuedUnit {
  readonly unit: Unit
  readonly settings: RunSettings
}

/** Why a unit could not be run. */
export interface Failure {
  readonly error: PlainError
  readonly host: string
  readonly time: string
}

/** What {@link enqueue} did. */
export interface Enqueued {
  /** Units that were not in the queue before, or had failed. */
  readonly added: number
  /** Makes the queue what it was before: for units that nobody was told of. */
  undo(): void
}

const folderOf = (store: Store, name: 'queue' | 'failed') => join(store.dir, '.work', name)
const fileOf = (store: Store, name: 'queue' | 'failed', key: string) =>
  join(folderOf(store, name), `${key.slice(0, 16)}.json`)

/**
 * Puts units into the queue of a results folder, as JSON; what failed before may be tried again. To restart deletes
 * checkpoints now, unless somebody is at work on the unit, and not each time that a worker resumes from them.
 */
export const enqueue = (store: Store, units: readonly QueuedUnit[]): Enqueued => {
  makeFolder(folderOf(store, 'queue'))
  let added = 0
  const before = new Map<string, Buffer | undefined>()
  for (const { unit, settings } of units) {
    const key = unitKey(unit)
    if (settings.restart) deleteCheckpoints(store, key)
    for (const folder of ['queue', 'failed'] as const) {
      const file = fileOf(store, folder, key)
      if (!before.has(file)) before.set(file, bytesIf(file))
    }
    if (!isQueued(store, key) || failureOf(store, key)) added++
    rmSync(fileOf(store, 'failed', key), { force: true })
    const queued = { unit: packUnit(unit), settings: { ...settings, restart: false } }
    // One that a power cut leaves empty is put into the queue again by the same command.
    writeWholeFile(fileOf(store, 'queue', key), JSON.stringify(queued), { durable: false })
  }
  const undo = (): void => {
    for (const [file, bytes] of before) {
      if (bytes === undefined) rmSync(file, { force: true })
      else writeWholeFile(file, bytes, { durable: false })
    }
  }
  return { added, undo }
}

/** A file's bytes; undefined if it is not there. */
const bytesIf = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw explainFileError(error, 'read', file)
  }
}

const deleteCheckpoints = (store: Store, key: string): void => {
  const folder = store.workDir(key)
  const lease = folder === undefined ? undefined : takeLease(store.leasePath(key), leaseOptions())
  if (!lease?.taken) return
  rmSync(folder!, { recursive: true, force: true })
  lease.release()
}

/** Whether a unit is in the queue. */
export const isQueued = (store: Store, key: string): boolean =>
  existsSync(fileOf(store, 'queue', key))

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw explainFileError(error, 'read folder', folder)
  }
}

/** `fresh` once a file was read that is no JSON: a client that keeps the size it had reads a part of it. */
const readJson = (file: string, { fresh = false } = {}): unknown => {
  try {
    const opened = openSync(file, 'r')
    try {
      if (fresh) refreshFile(opened)
      return JSON.parse(readFileSync(opened, 'utf8')) as unknown
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    if (error instanceof SyntaxError) {
      if (!fresh) return readJson(file, { fresh: true })
      throw new RetableError(
        'corrupt-data',
        `${file} is no JSON; put its table into the queue again`,
      )
    }
    throw explainFileError(error, 'read', file)
  }
}

/**
 * The queue of a results folder, the most expensive unit first.
 *
 * @throws RetableError `corrupt-data` for a file that is no queued unit; `unknown-name` or `mismatch` for a kind of unit
 * that this command does not know, or knows in another version.
 */
export const readQueue = (store: Store, definitions: UnitDefinitions): readonly QueuedUnit[] => {
  const folder = folderOf(store, 'queue')
  const queued = namesIn(folder).map((name): QueuedUnit => {
    const { unit, settings } = Object(readJson(join(folder, name))) as Record<string, unknown>
    return { unit: unpackUnit(unit, definitions), settings: settings as RunSettings }
  })
  return queued.sort((a, b) => b.unit.cost - a.unit.cost)
}

/** Notes that a unit failed, so that no other worker tries it. */
export const noteFailure = (store: Store, unit: Unit, failure: Failure): void => {
  makeFolder(folderOf(store, 'failed'))
  writeWholeFile(fileOf(store, 'failed', unitKey(unit)), JSON.stringify(failure))
}

/** Why a unit failed in some worker; undefined if it did not. */
export const failureOf = (store: Store, key: string): Failure | undefined => {
  try {
    return readJson(fileOf(store, 'failed', key)) as Failure
  } catch (error) {
    if (systemCode((error as RetableError).cause) === 'ENOENT') return undefined
    throw error
  }
}
