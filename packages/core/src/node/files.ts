import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RetableError, isRetableError } from '../errors.js'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an input/output error',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
}

/** The `code` of a system error (`ENOENT`), if it is one. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  !isRetableError(error)
    ? error.code
    : undefined

/** A system error as a sentence about `path`; any other error as it is. */
export const explainFileError = (error: unknown, doing: string, path: string): unknown => {
  const code = systemCode(error)
  if (code === undefined) return error
  const why = reasons[code] ?? (error as Error).message
  return new RetableError('unavailable', `cannot ${doing} ${path}: ${why}`, { cause: error })
}

/**
 * Whether a name could not be made because it is taken. SFTP has one code for most errors, so that sshfs says EPERM if
 * another client was quicker.
 */
const isTaken = (error: unknown, path: string): boolean =>
  systemCode(error) === 'EEXIST' ||
  (systemCode(error) === 'EPERM' && lstatSync(path, { throwIfNoEntry: false }) !== undefined)

/** Makes a folder and its parents. Throws RetableError `unavailable` naming it if that fails. */
export const makeFolder = (path: string): string => {
  try {
    // Level by level: a recursive mkdir on a read-only file system says ENOENT, which explains nothing.
    if (!existsSync(path)) {
      if (!existsSync(dirname(path))) makeFolder(dirname(path))
      mkdirSync(path)
    }
    return path
  } catch (error) {
    if (isTaken(error, path) && statSync(path).isDirectory()) return path
    throw explainFileError(error, 'make folder', path)
  }
}

/**
 * Checks that `path` is there or can be made: that the folder that it lies in is there. Made with all its parents, a
 * mistyped path would become folders in which nobody looks.
 *
 * @throws RetableError `not-found` naming the folder that is missing.
 */
export const checkParentFolder = (path: string): void => {
  const parent = dirname(resolve(path))
  if (existsSync(parent)) return
  throw new RetableError(
    'not-found',
    `there is no folder ${parent} to make ${basename(path)} in; check ${path}, or make that folder`,
  )
}

/** Flushes a folder's list of files, so that a rename in it outlives a power cut. */
export const syncFolder = (path: string): void => {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Windows and some network file systems cannot sync a folder; the file itself is safe.
  }
}

const removeQuietly = (path: string): void => {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, or the folder cannot be written: nothing more to be done.
  }
}

/** Where a file's content goes. */
type Target =
  /** A plain file, or a name that is free: replaced as a whole. `before` describes the file that is there. */
  | { readonly kind: 'file'; readonly path: string; readonly before: Stats | undefined }
  /** A FIFO, a device, a socket: written into. */
  | { readonly kind: 'special'; readonly path: string }
  /** A file that this process has open, as `/dev/stdout` and `/dev/fd/63` of a shell's `>(…)`: written into. */
  | { readonly kind: 'descriptor'; readonly descriptor: number }

/** As many symbolic links as Linux follows. */
const mostLinks = 40

/** Follows symbolic links to what is really written to, also those whose target is not there yet. */
const targetOf = (path: string): Target => {
  let at = path
  for (let followed = 0; followed <= mostLinks; followed++) {
    const descriptor = descriptorOf(at)
    if (descriptor !== undefined) return { kind: 'descriptor', descriptor }
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink()) {
      at = resolve(dirname(at), readlinkSync(at))
      continue
    }
    if (stat === undefined || stat.isFile()) {
      return { kind: 'file', path: at, before: stat }
    }
    return { kind: 'special', path: at }
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' })
}

/** The number of an open file of this process whose name is `/proc/self/fd/N` or a link of `/dev` to it. */
const descriptorOf = (path: string): number | undefined => {
  const number = /^\d+$/.test(basename(path)) ? Number(basename(path)) : undefined
  if (number === undefined || !/^\/(dev|proc)\//.test(path)) return undefined
  try {
    const folder = realpathSync(dirname(path))
    return folder === '/dev/fd' || folder === `/proc/${process.pid}/fd` ? number : undefined
  } catch {
    return undefined
  }
}

/** Gives a new file the mode of the one that it replaces, and its owner if this process may. */
const keepMode = (file: number, { mode, uid, gid }: Stats): void => {
  // A mode that a file is opened with is less the process's mask.
  fchmodSync(file, mode & 0o7777)
  if (uid === process.getuid?.() && gid === process.getgid?.()) return
  try {
    fchownSync(file, uid, gid)
    fchmodSync(file, mode & 0o7777)
  } catch {
    // Only the system's administrator gives files away.
  }
}

/** A name beside `path` that no file has, and that is no longer than names may be. */
const temporaryBeside = (path: string): string => {
  const start = Buffer.from(basename(path))
    .subarray(0, 100)
    .toString()
    .replace(/\uFFFD+$/, '')
  return join(dirname(path), `.${start}.${randomUUID()}.tmp`)
}

/** How {@link writeBeside} and {@link writeWholeFile} write. */
export interface WriteOptions {
  /** Permissions of a new file (default 0o644). */
  readonly mode?: number
  /**
   * Flush it to the disk before it gets its name (default: true). Turn it off for what is worthless after a power cut or
   * can be computed again: a write then does not wait for the disk, and a power cut may leave the file empty.
   */
  readonly durable?: boolean
}

/** Writes a new file, whole, under a temporary name beside `path`, and returns that name. Throws system errors. */
export const writeBeside = (
  path: string,
  content: string | Uint8Array,
  { mode = 0o644, durable = true, before }: WriteOptions & { readonly before?: Stats } = {},
): string => {
  const temporary = temporaryBeside(path)
  const file = openSync(temporary, 'wx', before ? before.mode & 0o777 : mode)
  try {
    try {
      writeFileSync(file, content)
      if (before) keepMode(file, before)
      if (durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return temporary
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

/**
 * Writes a whole file or nothing: to a temporary file beside it, flushed, then renamed. Symbolic links are followed, and
 * a file that is replaced keeps its mode. What is not a plain file (a FIFO, a device, `/dev/stdout`) is written into.
 * With `exclusive` an existing file is never replaced, and a link never followed (false is returned).
 *
 * @throws RetableError `unavailable` naming the file and the reason (full disk, no permission, read-only).
 */
export const writeWholeFile = (
  path: string,
  content: string | Uint8Array,
  { exclusive = false, ...options }: WriteOptions & { readonly exclusive?: boolean } = {},
): boolean => {
  let temporary: string | undefined
  try {
    const target: Target = exclusive ? { kind: 'file', path, before: undefined } : targetOf(path)
    if (target.kind === 'descriptor') {
      writeFileSync(target.descriptor, content)
      return true
    }
    if (target.kind === 'special') {
      writeFileSync(target.path, content)
      return true
    }
    const { before } = target
    temporary = writeBeside(target.path, content, { ...options, ...(before && { before }) })
    if (!exclusive) {
      renameSync(temporary, target.path)
    } else if (!linkNew(temporary, target.path)) {
      return false
    }
    if (options.durable !== false) syncFolder(dirname(target.path))
    return true
  } catch (error) {
    throw explainFileError(error, 'write', path)
  } finally {
    if (temporary !== undefined) removeQuietly(temporary)
  }
}

/**
 * As {@link writeWholeFile}, without blocking, for what `write` puts into the file: it appears whole and flushed under
 * `path`, in place of what was there, or not at all.
 *
 * With `over`, a file beside `path`, what is written goes over its bytes if it is there, and it is what is renamed: the
 * disk need not find room again. `write` then cuts off what was longer. It is removed if writing fails.
 *
 * @throws RetableError `unavailable` naming the file and the reason; what `write` throws.
 * @example
 * await replaceFile('curve.json', (file) => file.writeFile(JSON.stringify(curve)))
 */
export const replaceFile = async <T>(
  path: string,
  write: (file: FileHandle, temporary: string) => Promise<T>,
  { over }: { readonly over?: string } = {},
): Promise<T> => {
  let temporary: string | undefined
  try {
    const target = targetOf(path)
    // A pipe takes no second pass over what is written: the file is made elsewhere, and copied into it.
    const isFile = target.kind === 'file'
    const before = isFile ? target.before : undefined
    temporary = over ?? temporaryBeside(isFile ? target.path : join(tmpdir(), basename(path)))
    const flags = over === undefined ? 'wx' : constants.O_RDWR | constants.O_CREAT
    const file = await open(temporary, flags, isFile ? before && before.mode & 0o777 : 0o600)
    let made: T
    try {
      made = await write(file, temporary)
      if (before) keepMode(file.fd, before)
      await file.sync()
    } finally {
      await file.close()
    }
    if (isFile) {
      await rename(temporary, target.path)
      syncFolder(dirname(target.path))
    } else {
      const into =
        target.kind === 'special'
          ? createWriteStream(target.path)
          : createWriteStream('', { fd: target.descriptor, autoClose: false })
      await pipeline(createReadStream(temporary), into)
    }
    return made
  } catch (error) {
    throw explainFileError(error, 'write', path)
  } finally {
    // Renamed, it is gone already.
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** What file systems without hard links, as exFAT and some of networks, say of one. */
const withoutLinks: readonly string[] = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']

/** Copies a file to a new name; false if that name is taken. */
const copyNew = (from: string, to: string): boolean => {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
  } catch (error) {
    if (isTaken(error, to)) return false
    throw error
  }
  const copy = openSync(to, 'r')
  try {
    fsyncSync(copy)
  } finally {
    closeSync(copy)
  }
  return true
}

/** Gives a file a second name; false if that name is taken. Copies on file systems without hard links. */
export const linkNew = (from: string, to: string): boolean => {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isTaken(error, to)) return false
    const code = systemCode(error)
    if (code !== undefined && withoutLinks.includes(code)) return copyNew(from, to)
    throw error
  }
}
