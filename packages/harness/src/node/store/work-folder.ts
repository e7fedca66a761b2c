import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { explainFileError, makeFolder, refreshFolder, systemCode } from '@retable/core/node'
import { recordName } from '../run/attempts.js'

/** The folders with checkpoints of a unit: one, unless a process that lost its lease has left another. */
const foldersOf = (units: string, key: string): readonly string[] => {
  try {
    return readdirSync(units).filter((name) => name.startsWith(key.slice(0, 16)))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw explainFileError(error, 'read folder', units)
  }
}

/** The folder with a unit's checkpoints; undefined if it was not begun. */
export const findWorkFolder = (units: string, key: string): string | undefined => {
  const paths = foldersOf(units, key).map((name) => join(units, name))
  const recorded = paths.map((path) => ({ path, time: recordTime(path) }))
  return recorded.sort((a, b) => b.time - a.time)[0]?.path
}

/** When the record of attempts was written; a folder without one is what a process that had lost its lease made. */
const recordTime = (path: string): number =>
  statSync(join(path, recordName), { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * Takes over a unit's folder for the holder of a lease, by renaming it: a process that had it before, and does not know
 * yet that it lost its lease, no longer finds what it would write to. Makes an empty one if there is none.
 */
export const takeWorkFolder = (units: string, key: string, nonce: string): string => {
  // The lease's last holder may have made its folder on another machine a moment ago.
  refreshFolder(makeFolder(units))
  const own = join(units, `${key.slice(0, 16)}.${nonce.slice(0, 8)}`)
  const found = findWorkFolder(units, key)
  try {
    if (found !== undefined) renameSync(found, own)
  } catch (error) {
    throw explainFileError(error, 'take over folder', found!)
  }
  for (const name of foldersOf(units, key)) {
    if (join(units, name) !== own) rmSync(join(units, name), { recursive: true, force: true })
  }
  return makeFolder(own)
}
