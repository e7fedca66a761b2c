import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs'
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
  const time = touchFolder(folder)
  looks.set(folder, { time, at: performance.now() })
  return time
}

/** Makes a file in a folder, removes it, and returns the time that it had. */
const touchFolder = (folder: string): number => {
  const path = join(folder, `.clock.${randomUUID()}.tmp`)
  try {
    closeSync(openSync(path, 'wx'))
    const { mtimeMs } = statSync(path)
    unlinkSync(path)
    return mtimeMs
  } catch (error) {
    throw explainFileError(error, 'write', path)
  }
}

/**
 * Has the next listing of a folder come from the file system's server: clients of network file systems keep listings for
 * a time (sshfs for 20 s, NFS for up to a minute), but not of a folder that they have changed themselves.
 *
 * @throws RetableError `unavailable` if the folder cannot be written.
 */
export const refreshFolder = (folder: string): void => void touchFolder(folder)

/**
 * Has the size and the times of an open file come from the file system's server: clients of network file systems keep
 * them as well, and with an old size they read a part of the file only. A file of another user stays as it is.
 */
export const refreshFile = (file: number): void => {
  try {
    // Any change of its attributes does it, also one that changes nothing.
    fchmodSync(file, fstatSync(file).mode & 0o7777)
  } catch {
    // Only the owner may.
  }
}
