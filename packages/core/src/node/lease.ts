import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fileSystemNow, refreshFile } from './file-system-clock.js'
import { explainFileError, linkNew, makeFolder, systemCode, writeWholeFile } from './files.js'
import { keepLease } from './lease-keeper.js'
import { isDead, thisProcess, type ProcessIdentity } from './process-identity.js'

/** Who holds a lease. */
export interface LeaseHolder extends ProcessIdentity {
  /** ISO time of taking it. */
  readonly since: string
  /** Tells this taking of the lease from every other. */
  readonly nonce: string
}

/** A lease that this process has taken. */
export interface Lease {
  /** Tells a lease that was taken from the answer that names another holder. */
  readonly taken: true
  /** Tells this taking of the lease from every other; it is in the lease's file. */
  readonly nonce: string
  /** Aborted once somebody else has the lease: this process was suspended or cut off for longer than it lasts. */
  readonly lost: AbortSignal
  /** Looks whether the lease is still this one's, and renews it: the last step before anything is published. */
  stillHeld(): boolean
  /** Gives the lease back, if it is still this one's; never throws: one that cannot be removed runs out. */
  release(): void
}

/** A lease taken, or the one who has it. */
export type LeaseAttempt =
  Lease | { readonly taken: false; readonly holder: LeaseHolder | undefined }

/** Options of {@link takeLease}. */
export interface LeaseOptions {
  /** Seconds without renewal after which a lease is anybody's (default 300); it is renewed ten times as often. */
  readonly seconds?: number
}

/** A file that holds no holder counts as being written for so long, in milliseconds. */
const writingTime = 60_000

/**
 * Tries to take a lease that is a file; never waits. For processes on any number of machines that share a folder.
 *
 * The file appears whole and at once (a link to a finished temporary file, or `O_EXCL` on disks without hard links). It
 * names host, boot, PID namespace, process and a nonce, and is renewed by a thread. It is broken if its process is
 * gone, as far as that can be known from here (same host, boot and namespace), or if it was not renewed for `seconds`
 * by the clock of the file system: a host that is gone, a process that is stopped or cut off. A holder that comes back
 * sees that its lease is {@link Lease.lost}, and asks {@link Lease.stillHeld} before it publishes.
 *
 * Breaking takes the lease `<path>.<nonce of the broken one>` first, looks again, renames, and looks at what was renamed:
 * of all processes that saw the same dead lease one removes it, and one taken since is put back.
 *
 * @throws RetableError `unavailable` if the folder cannot be written.
 */
export const takeLease = (path: string, { seconds = 300 }: LeaseOptions = {}): LeaseAttempt => {
  makeFolder(dirname(path))
  const { nonce, ...mine } = {
    ...thisProcess(),
    since: new Date().toISOString(),
    nonce: randomUUID(),
  } satisfies LeaseHolder
  const text = JSON.stringify({ ...mine, nonce })
  for (;;) {
    // After a power cut nobody holds it: it need not be on the disk, only in the folder.
    if (writeWholeFile(path, text, { exclusive: true, durable: false }))
      return heldLease({ path, text, nonce, seconds })
    const found = look(path)
    if (found === 'gone') continue
    // A network file system may refuse a repeated request whose first answer was lost.
    if (found.text === text) return heldLease({ path, text, nonce, seconds })
    const { holder } = found
    if (!isOver(path, found, seconds, 10_000)) return { taken: false, holder }
    const breaking = takeLease(`${path}.${holder?.nonce ?? 'empty'}`, { seconds })
    if (!breaking.taken) return { taken: false, holder }
    try {
      const again = look(path, { fresh: true })
      if (again === 'gone' || again.text !== found.text) continue
      if (!isOver(path, again, seconds, 0)) return { taken: false, holder }
      moveAside(path, again.text)
    } finally {
      breaking.release()
    }
  }
}

const heldLease = ({
  path,
  text,
  nonce,
  seconds,
}: {
  readonly path: string
  readonly text: string
  readonly nonce: string
  readonly seconds: number
}): Lease => {
  const lost = new AbortController()
  const every = (seconds * 1000) / 10
  const end = keepLease({ path, text, nonce, every }, () =>
    lost.abort(new Error('the lease is lost')),
  )
  return {
    taken: true,
    nonce,
    lost: lost.signal,
    stillHeld: () => {
      if (lost.signal.aborted) return false
      if (renew(path, text)) return true
      lost.abort(new Error('the lease is lost'))
      return false
    },
    release: () => {
      end()
      try {
        const found = look(path)
        if (found !== 'gone' && found.text === text) removeFile(path)
      } catch {
        // A disk that turned read-only, or is gone: the lease runs out by itself.
      }
    },
  }
}

/** Writes a lease's own text over itself, which gives the file the time of its file system; false if it is another's. */
const renew = (path: string, text: string): boolean => {
  for (let tries = 0; tries < 4; tries++) {
    try {
      const file = openSync(path, 'r+')
      try {
        if (readFileSync(file, 'utf8') !== text) return false
        writeSync(file, text, 0)
        return true
      } finally {
        closeSync(file)
      }
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw explainFileError(error, 'renew lease', path)
      // One that was renamed by mistake is back in a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    }
  }
  return false
}

/** Who holds the lease at a path; undefined if nobody does, or the lease is over. */
export const readLease = (
  path: string,
  { seconds = 300 }: LeaseOptions = {},
): LeaseHolder | undefined => {
  const found = look(path)
  if (found === 'gone' || !found.holder) return undefined
  try {
    return isOver(path, found, seconds, 10_000) ? undefined : found.holder
  } catch {
    // A folder that can only be read has no clock to ask.
    return found.holder
  }
}

/** What a lease's file says. */
interface Look {
  readonly text: string
  /** Undefined if it is empty or not a lease: a disk that lost its content in a crash. */
  readonly holder: LeaseHolder | undefined
  /** Time of the last renewal, by the file system's clock. */
  readonly renewed: number
}

/**
 * Reads a lease's file. `fresh` is for leases that are to be broken, and for files that hold no lease: a network file
 * system's client that keeps the size it had reads a part of the file only.
 */
const look = (path: string, { fresh = false } = {}): Look | 'gone' => {
  let found: Look
  try {
    const file = openSync(path, 'r')
    try {
      if (fresh) refreshFile(file)
      const text = readFileSync(file, 'utf8')
      // The time is asked for after reading, which makes such a client ask its server.
      found = { text, holder: holderIn(text), renewed: fstatSync(file).mtimeMs }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESTALE') return 'gone'
    throw explainFileError(error, 'read lease', path)
  }
  return found.holder || fresh ? found : look(path, { fresh: true })
}

const holderIn = (text: string): LeaseHolder | undefined => {
  try {
    const holder = Object(JSON.parse(text)) as LeaseHolder
    if (typeof holder.pid === 'number' && typeof holder.nonce === 'string') return holder
  } catch {
    // Not a lease.
  }
  return undefined
}

/** Whether a lease holds no longer. */
const isOver = (
  path: string,
  { holder, renewed }: Look,
  seconds: number,
  maxAge: number,
): boolean => {
  if (holder && isDead(holder)) return true
  const age = fileSystemNow(dirname(path), maxAge) - renewed
  return age > (holder ? seconds * 1000 : Math.min(writingTime, seconds * 1000))
}

/** Removes the lease with this text; one that was taken since is put back. */
const moveAside = (path: string, text: string): void => {
  const aside = `${path}.${randomUUID()}.tmp`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw explainFileError(error, 'break lease', path)
  }
  const moved = look(aside, { fresh: true })
  if (moved !== 'gone' && moved.text !== text) linkNew(aside, path)
  removeFile(aside)
}

const removeFile = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw explainFileError(error, 'remove lease', path)
  }
}
