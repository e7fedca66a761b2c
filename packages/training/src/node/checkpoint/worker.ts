import { parentPort, workerData } from 'node:worker_threads'
import { createSha256, isRetableError } from '@retable/core/host'
import { fileDigest, replaceFile } from '@retable/core/node'

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

/** Writes the pieces over what is in the temporary file, and returns their hash. */
const write = ({ pieces, temporary, path }: CheckpointJob & { type: 'write' }): Promise<string> =>
  replaceFile(
    path,
    async (file) => {
      const hash = createSha256()
      let position = 0
      for (const piece of pieces) {
        hash.update(piece)
        let done = 0
        while (done < piece.length) {
          const rest = piece.length - done
          done += (await file.write(piece, done, rest, position + done)).bytesWritten
        }
        position += piece.length
      }
      await file.truncate(position)
      return hash.hex()
    },
    { over: temporary },
  )

const job = workerData as CheckpointJob
let answer: CheckpointAnswer
try {
  answer = { sha256: job.type === 'hash' ? await fileDigest(job.path) : await write(job) }
} catch (error) {
  // The system's own: the other thread says which file it was.
  const { code, message } = (isRetableError(error) ? error.cause : error) as NodeJS.ErrnoException
  answer = { error: { code, message } }
}
parentPort!.postMessage(answer)
