import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import { systemCode, writeWholeFile } from '@retable/core/node'
import type { JsonObject } from '../../unit/json.js'

/** What is known of a unit that has been begun: kept in its work folder beside the checkpoints. */
export interface Sittings {
  readonly startedAt: string
  /** Seconds worked by earlier processes, up to their last note. */
  readonly seconds: number
  /** Processes that have worked on it, this one included. */
  readonly sittings: number
  /** What a checkpoint must not be carried across: backend, versions, data. */
  readonly identity: JsonObject
  /** What may change the last bits and is no reason to refuse: processor, threads. */
  readonly machine: JsonObject
  /** What differed between sittings so far, and was let pass. */
  readonly carriedOver: readonly string[]
}

const fileIn = (workDir: string) => join(workDir, 'sittings.json')

/** Reads the note of earlier sittings; undefined where there is none, or where it cannot be read as one. */
export const readSittings = (workDir: string): Sittings | undefined => {
  try {
    const text = readFileSync(fileIn(workDir), 'utf8')
    const found = Object(JSON.parse(text)) as Partial<Record<keyof Sittings, unknown>>
    const whole =
      typeof found.startedAt === 'string' &&
      [found.seconds, found.sittings].every(Number.isFinite) &&
      [found.identity, found.machine].every((value) => Object(value) === value) &&
      Array.isArray(found.carriedOver)
    return whole ? (found as unknown as Sittings) : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Notes the sitting. */
export const writeSittings = (workDir: string, sittings: Sittings): void => {
  writeWholeFile(fileIn(workDir), JSON.stringify(sittings))
}

/** The refusal to go on from a checkpoint that something else made. */
export const refuseToResume = (label: string, changed: readonly string[]): RetableError =>
  new RetableError(
    'mismatch',
    `unit "${label}" was begun with other software or data: ${changed.join('; ')}; ` +
      'go on all the same with --force, or begin it anew with --restart',
  )
