import { existsSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError, differences, isRetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import { explainFileError, systemCode, writeBeside } from '@retable/core/node'
import { sha256OfJson } from '../../unit/canonical-json.js'

/** What is known of a unit that has been started: kept in its work folder beside the checkpoints, with its hash. */
export interface AttemptsRecord {
  readonly startedAt: string
  /** Seconds worked by earlier processes, up to their last note. */
  readonly seconds: number
  /** Processes that have worked on it, this one included. */
  readonly attempts: number
  /** What must not change under a checkpoint: backend, versions, data. */
  readonly identity: JsonObject
  /** What may change the last bits and is no reason to refuse: processor, threads. */
  readonly machine: JsonObject
  /** What differed between attempts so far and was accepted. */
  readonly carriedOver: readonly string[]
}

/** The file of the record in a unit's work folder. */
export const recordName = 'attempts.json'

/** The record of earlier attempts; `missing` if there is none, `damaged` if it is not what was written. */
export const readAttempts = (workDir: string): AttemptsRecord | 'missing' | 'damaged' => {
  const file = join(workDir, recordName)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'missing'
    if (systemCode(error) === 'EISDIR') return 'damaged'
    throw explainFileError(error, 'read', file)
  }
  try {
    const { sha256, record } = Object(JSON.parse(text)) as { sha256?: unknown; record?: unknown }
    return typeof sha256 === 'string' && sha256OfJson(record) === sha256
      ? (record as AttemptsRecord)
      : 'damaged'
  } catch (error) {
    if (error instanceof SyntaxError) return 'damaged'
    throw error
  }
}

/** Writes the record of attempts. Its name is flushed with the folder by the first checkpoint; alone it is of no use. */
export const writeAttempts = (workDir: string, record: AttemptsRecord): void => {
  const file = join(workDir, recordName)
  const text = JSON.stringify({ sha256: sha256OfJson(record), record })
  try {
    renameSync(writeBeside(file, text), file)
  } catch (error) {
    throw explainFileError(error, 'write', file)
  }
}

/** Whether an earlier process left anything to resume from. */
const hasCheckpoint = (workDir: string): boolean =>
  readdirSync(workDir).some(
    (name) => ![recordName, 'artifacts'].includes(name) && !name.startsWith('.'),
  )

/** What {@link openAttempt} takes. */
export interface AttemptOptions {
  /** The unit's work folder, which holds its checkpoints. */
  readonly workDir: string
  /** The unit's label, for errors. */
  readonly label: string
  /** Backend, versions: what a checkpoint must have been made with. */
  readonly software: JsonObject
  /** The machine it runs on, for the record of attempts. */
  readonly machine: JsonObject
  /** Resume whatever differs, and note it. */
  readonly force: boolean
}

/** One process at work on a unit. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  readonly startedAt: string
  /** What the user should know of how this attempt differs from earlier ones. */
  readonly remarks: readonly string[]
  /** What differed between attempts and was accepted, up to now. */
  readonly carriedOver: readonly string[]
  /** Seconds worked in all attempts. */
  elapsed(): number
  /** Fingerprints of the data opened so far, by request. */
  fingerprints(): Readonly<Record<string, string>>
  /** Notes the fingerprint of data; throws `mismatch` if an earlier attempt had another, unless forced. */
  noteData(request: string, fingerprint: string): void
  /** Notes how long it has taken; a disk that refuses is not worth a run. */
  noteTime(): void
}

/**
 * Begins an attempt: compares it with the earlier ones if there is a checkpoint to resume from, and writes the record.
 *
 * @throws RetableError `mismatch` naming each difference in software, unless `force` is set.
 */
export const openAttempt = ({
  workDir,
  label,
  software,
  machine,
  force,
}: AttemptOptions): Attempt => {
  const found = readAttempts(workDir)
  const before = typeof found === 'string' ? undefined : found
  const resumes = hasCheckpoint(workDir)
  const remarks: string[] = []
  const carriedOver: string[] = [...(before?.carriedOver ?? [])]
  const compare = (changed: readonly string[]): void => {
    if (!resumes || changed.length === 0) return
    if (!force) throw refuseToResume(label, changed)
    carriedOver.push(...changed)
  }
  if (resumes && typeof found === 'string') {
    const what = `the record of earlier attempts (${join(workDir, recordName)}) is ${found}`
    remarks.push(`${what}: whether software or machine changed is not known`)
    carriedOver.push(`the record of earlier attempts is ${found}`)
  }
  const { data: dataBefore = {}, ...softwareBefore } = before?.identity ?? {}
  if (before) compare(differences(softwareBefore, software))
  const otherConditions = resumes && before ? differences(before.machine, machine) : []
  if (otherConditions.length > 0) {
    carriedOver.push(...otherConditions)
    remarks.push(
      `resumes under other conditions (${otherConditions.join('; ')}): the last bits may differ`,
    )
  }
  const fingerprints: Record<string, string> = {}
  const began = performance.now()
  const elapsed = () => (before?.seconds ?? 0) + (performance.now() - began) / 1000
  const number = (before?.attempts ?? 0) + 1
  const startedAt = before?.startedAt ?? new Date().toISOString()
  const write = (): void =>
    writeAttempts(workDir, {
      startedAt,
      seconds: elapsed(),
      attempts: number,
      identity: { ...software, data: { ...(dataBefore as JsonObject), ...fingerprints } },
      machine,
      carriedOver,
    })
  write()
  return {
    number,
    startedAt,
    remarks,
    carriedOver,
    elapsed,
    fingerprints: () => fingerprints,
    noteData: (request, fingerprint) => {
      const was = (dataBefore as JsonObject)[request]
      if (was !== undefined) {
        compare(differences({ [request]: was }, { [request]: fingerprint }, 'data'))
      }
      fingerprints[request] = fingerprint
      write()
    },
    noteTime: () => {
      // Gone: another process has taken the folder over, and this one has lost its lease.
      if (!existsSync(join(workDir, recordName))) return
      try {
        write()
      } catch (error) {
        if (!isRetableError(error)) throw error
      }
    },
  }
}

/** The refusal to resume from a checkpoint that something else made. */
const refuseToResume = (label: string, changed: readonly string[]): RetableError =>
  new RetableError(
    'mismatch',
    `unit "${label}" was started with other software or data: ${changed.join('; ')}; ` +
      '--force resumes it anyway, --restart starts it again',
  )
