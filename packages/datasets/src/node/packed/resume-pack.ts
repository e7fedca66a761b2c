import type { FileHandle } from 'node:fs/promises'
import { RetableError } from '@retable/core/host'
import { readHead } from './pack-file.js'
import type { PackHead } from './pack-file.js'
import { isIntact, readRecords, recordFault } from './pack-records.js'

/**
 * How many images of a pack that was broken off are right, and where to resume; undefined if the file is no pack of
 * `head`'s. All that is there is read: a power cut leaves zeros, or old bytes, also before a last image that is right.
 *
 * @throws RetableError `interrupted`.
 */
export const resumePack = async (
  handle: FileHandle,
  head: PackHead,
  signal: AbortSignal | undefined,
): Promise<{ readonly done: number; readonly end: number } | undefined> => {
  const known = await readHead(handle)
  if (known === undefined || JSON.stringify(known.head) !== JSON.stringify(head)) return undefined
  const { records } = await readRecords(handle, known.end, head.length)
  let [done, end] = [0, known.end]
  for (const record of records) {
    if (signal?.aborted === true) {
      throw new RetableError(
        'interrupted',
        `stopped after checking ${done} of ${records.length} images packed before`,
        { cause: signal.reason },
      )
    }
    if (recordFault(record, head) !== undefined) break
    const data = Buffer.alloc(record.bytes)
    await handle.read(data, 0, data.length, record.at)
    if (!isIntact(record, data)) break
    done++
    end = record.at + record.bytes
  }
  return { done, end }
}
