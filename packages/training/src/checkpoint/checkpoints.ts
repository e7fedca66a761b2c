import { differences, disposeParams, isRetableError, RetableError } from '@retable/core'
import type { Params } from '@retable/core'
import { packState, unpackState, type TrainingState } from '../fit/training-state.js'
import { checkpointFormat, decodeRecord, encodeRecord } from './record.js'
import type { CheckpointIdentity, CheckpointRecord } from './record.js'

/** The place where the checkpoints of one run are kept: a folder, the store of a browser, a server. */
export interface CheckpointFiles {
  /** What a file is called in messages: its path, or its URL. */
  pathOf(file: string): string
  /** The names of what is there; none if the place does not exist yet. */
  list(): Promise<readonly string[]>
  /** A file's text. Throws RetableError `corrupt-data` if it is gone. */
  readText(file: string): Promise<string>
  /** Writes a text whole or not at all. */
  writeText(file: string, text: string): Promise<void>
  /** Opens a file of tensors. Throws RetableError `corrupt-data` if it is gone. */
  openTensors(file: string): Promise<{
    readonly bytes: number
    /** SHA-256 of the file, in hexadecimal. */
    sha256(): Promise<string>
    /** The tensors, which the caller disposes of. */
    read(): Promise<Params>
  }>
  /** Writes tensors as safetensors, whole or not at all, and calls `release` as soon as they are copied. */
  writeTensors(
    file: string,
    tensors: Params,
    release: () => void,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>
  /** Removes a file that no checkpoint needs. */
  discard(file: string): Promise<void>
}

/** Options of {@link checkpointsIn}. */
export interface CheckpointsOptions {
  /**
   * All that decides how the run continues, besides the state: config, seed, the data's fingerprint, versions of packages,
   * backend. Written into each checkpoint, and compared before a run resumes from one.
   */
  readonly identity: CheckpointIdentity
  /** Checkpoints kept. Default 2: the one before is there if the last is damaged. */
  readonly keep?: number
  /** Told, in a sentence, of each damaged checkpoint that is passed over. */
  readonly warn: (sentence: string) => void
}

/** A checkpoint that was found and is sound. */
export interface FoundCheckpoint {
  /** For `fit`'s `startFrom`; the caller disposes of it (`disposeState`, or `fit`'s `disposeStart`). */
  readonly state: TrainingState
  /** What differs between its identity and this run's; empty unless `force` let it pass. */
  readonly differs: readonly string[]
}

/** The checkpoints of one run. */
export interface Checkpoints {
  /**
   * Writes a state down; resolves once it is flushed, and calls `release` once its tensors are no longer needed. For
   * `fit`'s `checkpoint.save`.
   */
  readonly save: (state: TrainingState, release?: () => void) => Promise<void>
  /**
   * The newest sound checkpoint; undefined if there is none. Throws RetableError `mismatch`, saying what differs,
   * if it belongs to another run, unless `force` is set.
   */
  readonly latest: (options?: { readonly force?: boolean }) => Promise<FoundCheckpoint | undefined>
}

const nameOf = (number: number): string => `checkpoint-${number}`

/** The numbers of the files that end so, highest first. */
const numbersIn = (names: readonly string[], ending: string): number[] =>
  names
    .flatMap((name) => {
      const match = /^checkpoint-(\d+)\.(.+)$/.exec(name)
      return match?.[2] === ending ? [Number(match[1])] : []
    })
    .sort((a, b) => b - a)

/**
 * Keeps a run's states in `files`, so that a process or page that died at any moment resumes exactly where it was.
 *
 * A checkpoint is `checkpoint-N.safetensors` (parameters and optimizer state) and `checkpoint-N.json` (the rest of the
 * state, the identity, the SHA-256 of both), the JSON written last: a checkpoint is there whole or not at all. Then all but
 * the last `keep` are discarded. If one's hash is not what was written, `warn` is called and the one before it used.
 *
 * @throws RetableError `invalid-argument` if `keep` is not a positive integer; `mismatch` from `latest`; what `files` throws.
 */
export const checkpointsIn = (
  files: CheckpointFiles,
  { identity, keep = 2, warn }: CheckpointsOptions,
): Checkpoints => {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new RetableError(
      'invalid-argument',
      `a checkpoint folder keeps at least 1 checkpoint, found ${keep}`,
    )
  }
  const damaged = new Set<number>()

  /** Discards older checkpoints, damaged ones, and what a killed process left half-written. */
  const prune = async (): Promise<void> => {
    // In order, a checkpoint's JSON before its tensors: none is there without them.
    const names = [...(await files.list())].sort()
    const sound = numbersIn(names, 'json').filter((number) => !damaged.has(number))
    const kept = new Set(sound.slice(0, keep).map(nameOf))
    for (const name of names) {
      const checkpoint = /^\.?(checkpoint-\d+)\./.exec(name)?.[1]
      if (checkpoint === undefined || (!name.endsWith('.tmp') && kept.has(checkpoint))) continue
      await files.discard(name)
    }
  }

  /** The state of a record whose tensors hash to what it says. */
  const readTensors = async ({ tensors, state }: CheckpointRecord): Promise<TrainingState> => {
    const path = files.pathOf(tensors.file)
    const file = await files.openTensors(tensors.file)
    if (file.bytes !== tensors.bytes) {
      throw new RetableError(
        'corrupt-data',
        `${path} has ${file.bytes} bytes, expected ${tensors.bytes}`,
      )
    }
    const [hash, read] = await Promise.allSettled([file.sha256(), file.read()])
    try {
      if (read.status === 'rejected') throw read.reason
      if (hash.status === 'rejected') throw hash.reason
      if (hash.value === tensors.sha256) return unpackState({ tensors: read.value, json: state })
      throw new RetableError(
        'corrupt-data',
        `${path} was changed: it hashes to ${hash.value.slice(0, 12)}, expected ${tensors.sha256.slice(0, 12)}`,
      )
    } catch (error) {
      if (read.status === 'fulfilled') disposeParams(read.value)
      throw error
    }
  }

  const save = async (state: TrainingState, release: () => void): Promise<void> => {
    const { tensors, json } = packState(state)
    await prune()
    const names = await files.list()
    const all = [...numbersIn(names, 'json'), ...numbersIn(names, 'safetensors')]
    const number = Math.max(0, ...all, ...damaged) + 1
    const file = `${nameOf(number)}.safetensors`
    const written = await files.writeTensors(file, tensors, release)
    const record: CheckpointRecord = {
      format: 'retable-checkpoint',
      formatVersion: checkpointFormat,
      number,
      identity,
      state: json,
      tensors: { file, ...written },
      savedAt: new Date().toISOString(),
    }
    await files.writeText(`${nameOf(number)}.json`, encodeRecord(record))
    await prune()
  }
  /** One at a time: two would give their checkpoints one number. */
  let last: Promise<void> = Promise.resolve()

  return {
    save: (state, release = () => undefined) =>
      (last = last.catch(() => undefined).then(() => save(state, release))),

    latest: async ({ force = false } = {}) => {
      const numbers = numbersIn(await files.list(), 'json')
      for (const number of numbers) {
        const file = `${nameOf(number)}.json`
        try {
          const record = decodeRecord(files.pathOf(file), await files.readText(file))
          const differs = differences(record.identity, JSON.parse(JSON.stringify(identity)))
          if (differs.length > 0 && !force) throw refuse(files.pathOf(file), record, differs)
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
      'resume from it anyway with --force (force: true), or begin a new run in another folder',
  )
