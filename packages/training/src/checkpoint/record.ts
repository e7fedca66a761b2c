import { RetableError, sha256Hex, type JsonObject } from '@retable/core'
import type { PackedState } from '../fit/training-state.js'

/** What decides whether a run may resume from a checkpoint: plain JSON, compared place by place. */
export type CheckpointIdentity = JsonObject

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

const opening = (sha: string): string => `{"sha256":"${sha}","checkpoint":\n`

/** The record as text, with the SHA-256 of its own JSON before it. */
export const encodeRecord = (record: CheckpointRecord): string => {
  const body = JSON.stringify(record)
  return `${opening(sha256Hex(body))}${body}\n}\n`
}

/**
 * Reads a record's text and checks its hash.
 *
 * @param path what to call the file in an error
 * @throws RetableError `corrupt-data` naming the file and what is wrong with it; `mismatch` if another version wrote it.
 */
export const decodeRecord = (path: string, text: string): CheckpointRecord => {
  const body = text.slice(opening('0'.repeat(64)).length, -'\n}\n'.length)
  if (text !== `${opening(sha256Hex(body))}${body}\n}\n`) {
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
        ? ['a later', 'update this one, or start again (--restart, or another folder)']
        : ['an earlier', 'start again (--restart, or another folder)']
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
