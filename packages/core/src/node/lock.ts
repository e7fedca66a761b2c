import { randomUUID } from 'node:crypto'
import { readFileSync, statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { explainFileError, makeFolder, systemCode, writeWholeFile } from './files.js'
import { isDead, thisProcess, type ProcessIdentity } from './process-identity.js'

/** Who holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** ISO time of taking it. */
  readonly since: string
  /** Tells this taking of the lock from every other. */
  readonly nonce: string
}

/** A lock taken, or the one who has it. */
export type LockAttempt =
  | { readonly taken: true; release(): void }
  | { readonly taken: false; readonly holder: LockHolder | undefined }

/**
 * Tries to take a lock that is a file; never waits.
 *
 * The file appears whole and at once (a link to a finished temporary file), so that nobody reads half of it. A
 * lock whose process is gone (same host; number and start time no longer of a living process) is broken; one of
 * another host never is. proper-lockfile, the usual choice, calls a lock stale when its time stamp has not been
 * renewed for some seconds, which a training step that keeps the event loop busy would not do.
 *
 * Breaking needs the lock `<path>.<nonce of the dead lock>` first: of all processes that saw the same dead lock
 * one removes it, and none can remove a lock taken since.
 */
export const tryLock = (path: string): LockAttempt => {
  makeFolder(dirname(path))
  const mine: LockHolder = {
    ...thisProcess(),
    since: new Date().toISOString(),
    nonce: randomUUID(),
  }
  for (;;) {
    if (writeWholeFile(path, JSON.stringify(mine), { exclusive: true })) {
      return { taken: true, release: () => release(path, mine.nonce) }
    }
    const found = readHolder(path)
    if (found === 'gone') continue
    if (found === 'unreadable') return { taken: false, holder: undefined }
    if (!isDead(found)) return { taken: false, holder: found }
    const breaking = tryLock(`${path}.${found.nonce}`)
    if (!breaking.taken) return { taken: false, holder: found }
    try {
      release(path, found.nonce)
    } finally {
      breaking.release()
    }
  }
}

const readHolder = (path: string): LockHolder | 'gone' | 'unreadable' => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'gone'
    throw explainFileError(error, 'read lock', path)
  }
  try {
    const holder = JSON.parse(text) as LockHolder
    if (typeof holder.pid === 'number' && typeof holder.nonce === 'string') return holder
  } catch {
    // Not a lock of ours, or a disk that lost its content in a crash.
  }
  return abandonEmpty(path)
}

/** A crash of the machine can leave a lock's name without its content: a minute later nobody can be writing it. */
const abandonEmpty = (path: string): 'gone' | 'unreadable' => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 'gone'
  if (Date.now() - stat.mtimeMs < 60_000) return 'unreadable'
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw explainFileError(error, 'remove lock', path)
  }
  return 'gone'
}

/** Removes the lock if it is still the one with this nonce. */
const release = (path: string, nonce: string): void => {
  const found = readHolder(path)
  if (typeof found === 'string' || found.nonce !== nonce) return
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw explainFileError(error, 'remove lock', path)
  }
}
