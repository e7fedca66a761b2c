import { randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  explainFileError,
  makeFolder,
  readLease,
  systemCode,
  writeWholeFile,
} from '@retable/core/node'
import { leaseOptions } from '../run/lease-options.js'
import type { Store } from '../store/store.js'

const fileOf = (store: Store) => join(store.dir, '.work', 'canceled')

const lastOf = (store: Store): string => {
  try {
    return readFileSync(fileOf(store), 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw explainFileError(error, 'read', fileOf(store))
  }
}

/** Tells every worker that is at work on a results folder now to write a checkpoint and end; none that starts later. */
export const cancelWorkers = (store: Store): void => {
  makeFolder(join(store.dir, '.work'))
  writeWholeFile(fileOf(store), randomUUID())
}

/** Calls a function once workers were canceled after this call; returns what ends the looking. */
export const onCanceled = (store: Store, canceled: () => void, every = 5000): (() => void) => {
  const before = lastOf(store)
  const timer = setInterval(() => {
    try {
      if (lastOf(store) === before) return
    } catch {
      // A folder that cannot be read for a moment says nothing.
      return
    }
    clearInterval(timer)
    canceled()
  }, every)
  timer.unref()
  return () => clearInterval(timer)
}

/** Whether some process runs a unit of a results folder now: a worker, or a command that made it by itself. */
export const isAnyUnitHeld = (store: Store): boolean => {
  const folder = dirname(store.leasePath(''))
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.lease'))
      .some((name) => readLease(join(folder, name), leaseOptions()) !== undefined)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw explainFileError(error, 'read folder', folder)
  }
}
