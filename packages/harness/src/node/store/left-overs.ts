import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystemNow, systemCode, takeLease } from '@retable/core/node'
import { parseResultFileName } from '../../unit/result-file.js'
import { finishClaim, isClaim, claimKey } from './publish.js'
import type { Store } from './store.js'

/** Something that a process which was killed has left behind. */
export interface LeftOver {
  readonly path: string
  readonly what: 'checkpoints of a finished unit' | 'lease of a finished unit' | 'unfinished file' | 'unfinished publication' // prettier-ignore
  readonly bytes: number
  /** Start of the unit's key, unless it is a file of no unit. */
  readonly key?: string
}

/** A temporary file is somebody's work for so long after its last change, in milliseconds. */
const writingTime = 3_600_000

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}

const sizeOf = (path: string): number => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat?.size ?? 0
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

/** What killed processes have left in a results folder: of units that have a result, and files that are half-written. */
export const leftOversOf = (store: Store): readonly LeftOver[] => {
  const work = join(store.dir, '.work')
  // What an archive that cannot be read holds counts as not finished: it keeps its checkpoints.
  const { names } = store.look(() => undefined)
  const finished = new Set(names.map((name) => parseResultFileName(name)!.key))
  const found: LeftOver[] = []
  const add = (path: string, what: LeftOver['what'], key?: string) =>
    found.push({ path, what, bytes: sizeOf(path), ...(key === undefined ? {} : { key }) })
  for (const name of namesIn(join(work, 'units'))) {
    const key = name.slice(0, 16)
    if (finished.has(key)) add(join(work, 'units', name), 'checkpoints of a finished unit', key)
  }
  for (const name of namesIn(join(work, 'leases'))) {
    const key = name.slice(0, 16)
    if (finished.has(key) && name.endsWith('.lease')) {
      add(join(work, 'leases', name), 'lease of a finished unit', key)
    }
  }
  for (const name of namesIn(join(store.dir, 'runs')).filter(isClaim)) {
    add(join(store.dir, 'runs', name), 'unfinished publication', claimKey(name))
  }
  for (const folder of ['', 'runs', 'artifacts', 'logs', 'tensorboard', '.work', '.work/leases']) {
    const files = namesIn(join(store.dir, folder)).filter((name) => name.endsWith('.tmp'))
    if (files.length === 0) continue
    const before = clockOf(join(store.dir, folder)) - writingTime
    for (const name of files) {
      const path = join(store.dir, folder, name)
      if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before) {
        add(path, 'unfinished file')
      }
    }
  }
  return found
}

/** The file system's clock; this host's for a folder that can only be read, in which nothing is removed. */
const clockOf = (folder: string): number => {
  try {
    return fileSystemNow(folder, 10_000)
  } catch {
    return Date.now()
  }
}

/** Removes left-overs, except of a unit that somebody runs; finishes publications. Returns what was removed. */
export const removeLeftOvers = (store: Store): readonly LeftOver[] => {
  const removed: LeftOver[] = []
  for (const one of leftOversOf(store)) {
    if (one.what === 'unfinished publication') {
      finishClaim(one.path, () => {
        store.refresh()
        return store.fileNames().some((name) => name.includes(`.${one.key}.`))
      })
    } else if (one.what === 'unfinished file') {
      rmSync(one.path, { force: true })
    } else {
      const lease = takeLease(store.leasePath(one.key!))
      if (!lease.taken) continue
      if (one.what === 'checkpoints of a finished unit') {
        rmSync(one.path, { recursive: true, force: true })
      }
      lease.release()
    }
    removed.push(one)
  }
  return removed
}
