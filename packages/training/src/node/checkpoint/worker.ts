import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createSha256 } from '@retable/core/host'
import { fileDigest } from '@retable/core/node'

/** The program of the thread that writes and hashes checkpoints, one job per thread. */

/** What the thread is to do. Both jobs answer with a file's SHA-256 in hex. */
export type CheckpointJob =
  | { readonly type: 'hash'; readonly path: string }
  | {
      readonly type: 'write'
      /** the file's bytes, in pieces */
      readonly pieces: readonly Uint8Array[]
      /** where they are written, over what is there, before the file is renamed */
      readonly temporary: string
      readonly path: string
    }

/** What the thread answers. */
export type CheckpointAnswer =
  | { readonly sha256: string }
  | { readonly error: { readonly code: string | undefined; readonly message: string } }

/** Writes pieces to a file, flushes and renames it. */
const write = ({ pieces, temporary, path }: CheckpointJob & { type: 'write' }): string => {
  const hash = createSha256()
  const open = openSync(temporary, constants.O_RDWR | constants.O_CREAT)
  try {
    let position = 0
    for (const piece of pieces) {
      hash.update(piece)
      let done = 0
      while (done < piece.length) {
        done += writeSync(open, piece, done, piece.length - done, position + done)
      }
      position += piece.length
    }
    ftruncateSync(open, position)
    fsyncSync(open)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(open)
  }
  renameSync(temporary, path)
  return hash.hex()
}

const job = workerData as CheckpointJob
let answer: CheckpointAnswer
try {
  answer = { sha256: job.type === 'hash' ? await fileDigest(job.path) : write(job) }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  answer = { error: { code, message } }
}
parentPort!.postMessage(answer)
