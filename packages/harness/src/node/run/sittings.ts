import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError } from '@retable/core'
import { systemCode, writeWholeFile } from '@retable/core/node'

/** What is known of a unit that has been begun: kept in its work folder beside the checkpoints. */
export interface Sittings {
  readonly startedAt: string
  /** Seconds worked by earlier processes, up to their last note. */
  readonly seconds: number
  /** Processes that have worked on it, this one included. */
  readonly sittings: number
  /** What a checkpoint must not be carried across. */
  readonly backend: string
  readonly packages: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

const fileIn = (workDir: string) => join(workDir, 'sittings.json')

/** Reads the note of earlier sittings; undefined where there is none, or where it cannot be read as one. */
export const readSittings = (workDir: string): Sittings | undefined => {
  try {
    const found = JSON.parse(readFileSync(fileIn(workDir), 'utf8')) as Partial<Sittings>
    const whole = typeof found.seconds === 'number' && typeof found.sittings === 'number'
    return whole ? (found as Sittings) : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Notes the sitting. */
export const writeSittings = (workDir: string, sittings: Sittings): void => {
  writeWholeFile(fileIn(workDir), JSON.stringify(sittings))
}

/** What differs between the sitting that left a checkpoint and this one, in words. */
export const differences = (
  before: Sittings,
  now: Pick<Sittings, 'backend' | 'packages'>,
): readonly string[] => {
  const changed: string[] = []
  if (before.backend !== now.backend) changed.push(`backend ${before.backend}, now ${now.backend}`)
  for (const name of new Set([...Object.keys(before.packages), ...Object.keys(now.packages)])) {
    const [was, is] = [before.packages[name] ?? 'absent', now.packages[name] ?? 'absent']
    if (was !== is) changed.push(`${name} ${was}, now ${is}`)
  }
  return changed
}

/** The refusal to go on from a checkpoint that something else made. */
export const refuseToResume = (label: string, changed: readonly string[]): RetableError =>
  new RetableError(
    'mismatch',
    `unit "${label}" was begun with other software or data (${changed.join('; ')}); ` +
      'go on all the same with --force, or begin it anew with --restart',
  )
