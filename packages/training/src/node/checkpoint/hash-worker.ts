import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parentPort, workerData } from 'node:worker_threads'

/** The program of the thread that hashes a file: answers with its SHA-256 in hex. */

const hash = createHash('sha256')
await pipeline(createReadStream(workerData as string, { highWaterMark: 4 * 2 ** 20 }), hash)
parentPort!.postMessage(hash.digest('hex'))
