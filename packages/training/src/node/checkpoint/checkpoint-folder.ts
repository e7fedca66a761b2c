import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { differences, disposeParams, isRetableError, RetableError } from '@retable/core'
import { explainFileError, makeFolder, syncFolder, systemCode } from '@retable/core/node'
import { readSafetensors } from '@retable/models/node'
import { packState, unpackState, type TrainingState } from '../../fit/training-state.js'
import {
  checkpointFormat,
  readRecord,
  writeRecord,
  type CheckpointIdentity,
} from './checkpoint-file.js'
import type { CheckpointRecord } from './checkpoint-file.js'
import { inWorker } from './run-worker.js'
import { makeSnapshot } from './snapshot.js'

/** Options of {@link checkpointFolder}. */
export interface CheckpointFolderOptions {
  /** The folder of one run's checkpoints; made where it is not there. One process at a time. */
  readonly dir: string
  /**
   * All that decides how the run goes on, beside the state: config, seed, the data's fingerprint, versions of packages,
   * backend. Written into each checkpoint, and compared before one is gone on from.
   */
  readonly identity: CheckpointIdentity
  /** Checkpoints kept. Default 2: the one before is there where the last is damaged. */
  readonly keep?: number
  /** Told, in a sentence, of each damaged checkpoint that is passed over. Default `process.emitWarning`. */
  readonly warn?: (sentence: string) => void
}

/** A checkpoint that was found and is sound. */
export interface FoundCheckpoint {
  /** For `fit`'s `startFrom`; the caller disposes of it (`disposeState`, or `fit`'s `disposeStart`). */
  readonly state: TrainingState
  /** What differs between its identity and this run's; empty unless `force` let it pass. */
  readonly differs: readonly string[]
}

/** The checkpoints of one run, as files. */
export interface CheckpointFolder {
  /**
   * Writes a state down; resolves once it is flushed, and calls `release` once its tensors are no longer needed. For
   * `fit`'s `checkpoint.save`.
   */
  readonly save: (state: TrainingState, release?: () => void) => Promise<void>
  /**
   * The newest sound checkpoint; undefined where there is none. Throws RetableError `mismatch`, saying what differs,
   * where it belongs to another run, unless `force` is set.
   */
  readonly latest: (options?: { readonly force?: boolean }) => Promise<FoundCheckpoint | undefined>
}

/** Tensors given up, to be written over. */
const spareName = 'spare.tensors'

const nameOf = (number: number): string => `checkpoint-${number}`

/** The numbers of the files in a folder that end so. */
const numbersIn = (names: readonly string[], ending: string): number[] =>
  names
    .flatMap((name) => {
      const match = /^checkpoint-(\d+)\.(.+)$/.exec(name)
      return match?.[2] === ending ? [Number(match[1])] : []
    })
    .sort((a, b) => b - a)

/**
 * Keeps a run's states in a folder, so that a process that died at any moment goes on exactly where it was.
 *
 * A checkpoint is `checkpoint-N.safetensors` (parameters and optimizer state) and `checkpoint-N.json` (the rest of the
 * state, the identity, the SHA-256 of both). Each is written to a temporary file, flushed and renamed, the JSON last: a
 * checkpoint is there whole or not at all. Then all but the last `keep` are removed. One whose hash is not what was
 * written is told to `warn`, and the one before it used.
 *
 * Training waits while the state is copied into memory that stays with the folder (once the state's size); a worker
 * thread then writes and hashes it. The last file to be given up is written over by the next: neither disk nor the
 * system's cache has to find room anew. Takes `keep` + 1 times the state's size of disk.
 *
 * @throws RetableError `invalid-argument` where `keep` is no positive integer; `unavailable` from `save` where the disk is
 * full or the folder cannot be written (the checkpoints before stay); `mismatch` from `latest`.
 * @example
 * const checkpoints = checkpointFolder({ dir: 'run-1', identity: { config, data: train.fingerprint, backend: 'wasm' } })
 * const found = await checkpoints.latest()
 * await fit({
 *   ...(found ? { startFrom: found.state } : { params: model.init(random) }),
 *   checkpoint: { everyMinutes: 5, save: checkpoints.save },
 *   …
 * })
 */
export const checkpointFolder = ({
  dir,
  identity,
  keep = 2,
  warn = (sentence) => process.emitWarning(sentence),
}: CheckpointFolderOptions): CheckpointFolder => {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new RetableError(
      'invalid-argument',
      `a checkpoint folder keeps at least 1 checkpoint, found ${keep}`,
    )
  }
  const damaged = new Set<number>()
  const path = (number: number, ending: string) => join(dir, `${nameOf(number)}.${ending}`)

  const list = async (): Promise<string[]> => {
    try {
      return await readdir(dir)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw explainFileError(error, 'read folder', dir)
    }
  }

  /**
   * Removes older checkpoints, damaged ones, and what a killed process left half-written; but for one file of tensors,
   * which becomes the spare.
   */
  const prune = async (): Promise<void> => {
    // In order, a checkpoint's JSON before its tensors: none is there without them.
    const names = (await list()).sort()
    const sound = numbersIn(names, 'json').filter((number) => !damaged.has(number))
    const kept = new Set(sound.slice(0, keep).map(nameOf))
    let spare = names.includes(spareName)
    for (const name of names) {
      const checkpoint = /^\.?(checkpoint-\d+)\./.exec(name)?.[1]
      if (checkpoint === undefined || (!name.endsWith('.tmp') && kept.has(checkpoint))) continue
      if (spare || !name.endsWith('.safetensors')) await rm(join(dir, name), { force: true })
      else await rename(join(dir, name), join(dir, spareName))
      spare ||= name.endsWith('.safetensors')
    }
  }

  /** The state of a record whose tensors hash to what it says. */
  const readTensors = async ({ tensors, state }: CheckpointRecord): Promise<TrainingState> => {
    const file = join(dir, tensors.file)
    const { size } = await stat(file).catch((error: unknown) => {
      throw new RetableError('corrupt-data', `${file} is gone`, { cause: error })
    })
    if (size !== tensors.bytes) {
      throw new RetableError('corrupt-data', `${file} has ${size} bytes, expected ${tensors.bytes}`)
    }
    const [hash, read] = await Promise.allSettled([
      inWorker({ type: 'hash', path: file }),
      readSafetensors(file),
    ])
    try {
      if (read.status === 'rejected') throw read.reason
      if (hash.status === 'rejected') throw explainFileError(hash.reason, 'read', file)
      if (hash.value === tensors.sha256) return unpackState({ tensors: read.value, json: state })
      throw new RetableError(
        'corrupt-data',
        `${file} was changed: it hashes to ${hash.value.slice(0, 12)}, expected ${tensors.sha256.slice(0, 12)}`,
      )
    } catch (error) {
      if (read.status === 'fulfilled') disposeParams(read.value)
      throw error
    }
  }

  const snapshot = makeSnapshot()
  const save = async (state: TrainingState, release?: () => void): Promise<void> => {
    const { tensors, json } = packState(state)
    const pieces = await snapshot.take(tensors)
    release?.()
    makeFolder(dir)
    await prune()
    const names = await list()
    const all = [...numbersIn(names, 'json'), ...numbersIn(names, 'safetensors')]
    const number = Math.max(0, ...all, ...damaged) + 1
    const file = path(number, 'safetensors')
    const temporary = join(dir, spareName)
    const sha256 = await inWorker({ type: 'write', pieces, temporary, path: file }).catch(
      (error: unknown) => {
        throw explainFileError(error, 'write', file)
      },
    )
    await writeRecord(path(number, 'json'), {
      format: 'retable-checkpoint',
      formatVersion: checkpointFormat,
      number,
      identity,
      state: json,
      tensors: {
        file: `${nameOf(number)}.safetensors`,
        bytes: pieces.reduce((sum, { length }) => sum + length, 0),
        sha256,
      },
      savedAt: new Date().toISOString(),
    })
    syncFolder(dir)
    await prune()
  }
  /** One at a time: they share the snapshot's memory. */
  let last: Promise<void> = Promise.resolve()

  return {
    save: (state, release) => (last = last.catch(() => undefined).then(() => save(state, release))),

    latest: async ({ force = false } = {}) => {
      const numbers = numbersIn(await list(), 'json')
      for (const number of numbers) {
        try {
          const record = await readRecord(path(number, 'json'))
          const differs = differences(record.identity, JSON.parse(JSON.stringify(identity)))
          if (differs.length > 0 && !force) throw refuse(path(number, 'json'), record, differs)
          return { state: await readTensors(record), differs }
        } catch (error) {
          if (!isRetableError(error) || error.code !== 'corrupt-data') throw error
          damaged.add(number)
          const next = numbers.find((other) => other < number)
          const then =
            next === undefined ? 'none before it is left' : `${nameOf(next)} is tried instead`
          warn(`checkpoint damaged: ${error.message}; ${then}`)
        }
      }
      return undefined
    },
  }
}

const refuse = (
  file: string,
  { state }: CheckpointRecord,
  differs: readonly string[],
): RetableError =>
  new RetableError(
    'mismatch',
    `the checkpoint ${file} (after step ${state.step}) belongs to another run: ${differs.join('; ')}; ` +
      'go on from it all the same with --force (force: true), or begin a new run in another folder',
  )
