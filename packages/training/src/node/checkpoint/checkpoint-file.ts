import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { RetableError } from '@retable/core'
import { explainFileError, replaceFile } from '@retable/core/node'
import type { PackedState } from '../../fit/training-state.js'

/** Anything that JSON holds. */
export type PlainJson =
  | string
  | number
  | boolean
  | null
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson | undefined }

/** What decides whether a run may go on from a checkpoint: plain JSON, compared place by place. */
export type CheckpointIdentity = Readonly<Record<string, PlainJson | undefined>>

/** The layout of a checkpoint's JSON that this version writes and reads. */
export const checkpointFormat = 2

/** The JSON half of a checkpoint; the tensors are in the file that it names. */
export interface CheckpointRecord {
  readonly format: 'retable-checkpoint'
  readonly formatVersion: typeof checkpointFormat
  /** Counts the checkpoints of a folder: the highest is the newest, whatever a clock says. */
  readonly number: number
  readonly identity: CheckpointIdentity
  readonly state: PackedState['json']
  readonly tensors: { readonly file: string; readonly bytes: number; readonly sha256: string }
  /** ISO time; for people. */
  readonly savedAt: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const opening = (sha: string): string => `{"sha256":"${sha}","checkpoint":\n`

/** Writes the record, with the SHA-256 of its own JSON before it. */
export const writeRecord = async (path: string, record: CheckpointRecord): Promise<void> => {
  const body = JSON.stringify(record)
  await replaceFile(path, (file) => file.writeFile(`${opening(sha256(body))}${body}\n}\n`))
}

/**
 * Reads a record and checks its hash.
 *
 * @throws RetableError `corrupt-data` naming the file and what is wrong with it; `mismatch` where another version wrote it.
 */
export const readRecord = async (path: string): Promise<CheckpointRecord> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw explainFileError(error, 'read', path)
  }
  const body = text.slice(opening('0'.repeat(64)).length, -'\n}\n'.length)
  if (text !== `${opening(sha256(body))}${body}\n}\n`) {
    throw new RetableError(
      'corrupt-data',
      `${path} was cut short or changed: its ${text.length} characters do not hash to what it says`,
    )
  }
  const record = JSON.parse(body) as CheckpointRecord
  const { format, formatVersion } = record as { format: string; formatVersion: number }
  if (format === 'retable-checkpoint' && formatVersion === checkpointFormat) return record
  if (format === 'retable-checkpoint') {
    const [age, remedy] =
      formatVersion > checkpointFormat
        ? ['a later', 'update this one, or begin anew (--restart, or another folder)']
        : ['an earlier', 'begin anew (--restart, or another folder)']
    throw new RetableError(
      'mismatch',
      `${path} was written by ${age} version (format ${formatVersion}, this one reads ${checkpointFormat}); ${remedy}`,
    )
  }
  throw new RetableError(
    'corrupt-data',
    `${path} has format "${format}", expected "retable-checkpoint"`,
  )
}
