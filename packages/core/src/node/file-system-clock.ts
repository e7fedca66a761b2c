import { randomUUID } from 'node:crypto'
import { closeSync, openSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { explainFileError } from './files.js'

/** Clocks of folders, each with this process's monotonic time of the look. */
const looks = new Map<string, { readonly time: number; readonly at: number }>()

/**
 * What the clock of a folder's file system says, in milliseconds: the time that a file gets that is made there now.
 * Files of a shared folder are compared with this, and never with a host's own clock. A look within `maxAge`
 * milliseconds is used again.
 *
 * @throws RetableError `unavailable` if the folder cannot be written.
 */
export const fileSystemNow = (folder: string, maxAge = 0): number => {
  const known = looks.get(folder)
  const elapsed = known && performance.now() - known.at
  if (known && elapsed! < maxAge) return known.time + elapsed!
  const path = join(folder, `.clock.${randomUUID()}.tmp`)
  try {
    closeSync(openSync(path, 'wx'))
    const { mtimeMs: time } = statSync(path)
    unlinkSync(path)
    looks.set(folder, { time, at: performance.now() })
    return time
  } catch (error) {
    throw explainFileError(error, 'write', path)
  }
}
