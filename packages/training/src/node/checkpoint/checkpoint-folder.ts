import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RetableError } from '@retable/core'
import { explainFileError, makeFolder, replaceFile, systemCode } from '@retable/core/node'
import { readSafetensors } from '@retable/models/node'
import {
  checkpointsIn,
  type CheckpointFiles,
  type Checkpoints,
  type CheckpointsOptions,
} from '../../checkpoint/checkpoints.js'
import { inWorker } from './run-worker.js'
import { makeSnapshot } from './snapshot.js'

/** Options of {@link checkpointFolder}. */
export interface CheckpointFolderOptions extends Omit<CheckpointsOptions, 'warn'> {
  /** The folder of one run's checkpoints; made if it is not there. One process at a time. */
  readonly dir: string
  /** Told, in a sentence, of each damaged checkpoint that is passed over. Default `process.emitWarning`. */
  readonly warn?: (sentence: string) => void
}

/** Tensors given up, to be written over. */
const spareName = 'spare.tensors'

/**
 * Keeps a run's states in a folder, as {@link checkpointsIn} says, so that a process that died at any moment resumes
 * exactly where it was. Each file is written to a temporary file, flushed and renamed.
 *
 * Training waits while the state is copied into memory that stays with the folder (once the state's size); a worker
 * thread then writes and hashes it. The last file to be given up is written over by the next: neither disk nor the
 * system's cache has to find room again. Takes `keep` + 1 times the state's size of disk.
 *
 * @throws RetableError `invalid-argument` if `keep` is not a positive integer; `unavailable` from `save` if the disk is
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
  warn = (sentence) => process.emitWarning(sentence),
  ...options
}: CheckpointFolderOptions): Checkpoints => checkpointsIn(filesIn(dir), { ...options, warn })

const filesIn = (dir: string): CheckpointFiles => {
  const snapshot = makeSnapshot()
  const pathOf = (file: string): string => join(dir, file)
  const list = async (): Promise<string[]> => {
    try {
      return await readdir(dir)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw explainFileError(error, 'read folder', dir)
    }
  }
  return {
    pathOf,
    list,
    readText: async (file) => {
      try {
        return await readFile(pathOf(file), 'utf8')
      } catch (error) {
        throw explainFileError(error, 'read', pathOf(file))
      }
    },
    writeText: async (file, text) => {
      await replaceFile(pathOf(file), (handle) => handle.writeFile(text))
    },
    openTensors: async (file) => {
      const path = pathOf(file)
      const { size } = await stat(path).catch((error: unknown) => {
        throw new RetableError('corrupt-data', `${path} is gone`, { cause: error })
      })
      return {
        bytes: size,
        sha256: () =>
          inWorker({ type: 'hash', path }).catch((error: unknown) => {
            throw explainFileError(error, 'read', path)
          }),
        read: () => readSafetensors(path),
      }
    },
    writeTensors: async (file, tensors, release) => {
      const pieces = await snapshot.take(tensors)
      release()
      makeFolder(dir)
      const path = pathOf(file)
      const sha256 = await inWorker({
        type: 'write',
        pieces,
        temporary: pathOf(spareName),
        path,
      }).catch((error: unknown) => {
        throw explainFileError(error, 'write', path)
      })
      return { bytes: pieces.reduce((sum, { length }) => sum + length, 0), sha256 }
    },
    // The first file of tensors that is given up becomes the spare.
    discard: async (file) => {
      const spare = file.endsWith('.safetensors') && !(await list()).includes(spareName)
      if (spare) await rename(pathOf(file), pathOf(spareName))
      else await rm(pathOf(file), { force: true })
    },
  }
}
