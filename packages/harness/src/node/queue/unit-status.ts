import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { readLease, type LeaseHolder } from '@retable/core/node'
import type { Progress } from '../../unit/context.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Unit } from '../../unit/unit.js'
import { parseResultFileName } from '../../unit/result-file.js'
import { logName } from '../log/unit-log.js'
import { leaseOptions } from '../run/lease-options.js'
import type { Store } from '../store/store.js'
import { failureOf, type Failure, type QueuedUnit } from './queue.js'

/** How far a queued unit is, as the results folder says it. */
export type UnitStatus = { readonly queued: QueuedUnit } & (
  | { readonly state: 'done' }
  | { readonly state: 'running'; readonly holder: LeaseHolder; readonly progress?: Progress }
  | { readonly state: 'failed'; readonly failure: Failure }
  /** `begun`: it has a checkpoint to resume from. */
  | { readonly state: 'waiting'; readonly begun: boolean }
)

/** The state of every queued unit, from the results folder and nothing else. */
export const statusOf = (store: Store, queue: readonly QueuedUnit[]): readonly UnitStatus[] => {
  const done = new Set(store.fileNames().map((name) => parseResultFileName(name)!.key))
  return queue.map((queued): UnitStatus => {
    const key = unitKey(queued.unit)
    if (done.has(key.slice(0, 16))) return { queued, state: 'done' }
    const holder = readLease(store.leasePath(key), leaseOptions())
    if (holder) {
      const progress = lastProgress(store, queued.unit)
      return { queued, state: 'running', holder, ...(progress && { progress }) }
    }
    const failure = failureOf(store, key)
    if (failure) return { queued, state: 'failed', failure }
    return { queued, state: 'waiting', begun: store.workDir(key) !== undefined }
  })
}

/** The last progress in the end of a unit's log. */
export const lastProgress = (store: Store, unit: Unit): Progress | undefined => {
  const file = join(store.dir, 'logs', `${logName(unit)}.jsonl`)
  const bytes = Buffer.alloc(8192)
  let text: string
  try {
    const log = openSync(file, 'r')
    try {
      const from = Math.max(0, fstatSync(log).size - bytes.length)
      text = bytes.toString('utf8', 0, readSync(log, bytes, 0, bytes.length, from))
    } finally {
      closeSync(log)
    }
  } catch {
    return undefined
  }
  const line = text
    .split('\n')
    .findLast((one) => one.endsWith('}') && one.includes('"type":"progress"'))
  try {
    return line === undefined ? undefined : (JSON.parse(line.slice(line.indexOf('{'))) as Progress)
  } catch {
    return undefined
  }
}
