import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
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

/** Makes a folder and its parents. Throws RetableError `unavailable` naming it where that fails. */
export const makeFolder = (path: string): string => {
  try {
    // Level by level: a recursive mkdir on a read-only file system says ENOENT, which explains nothing.
    if (!existsSync(path)) {
      if (!existsSync(dirname(path))) makeFolder(dirname(path))
      mkdirSync(path)
    }
    return path
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && statSync(path).isDirectory()) return path
    throw explainFileError(error, 'make folder', path)
  }
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

/**
 * Writes a whole file or nothing: to a temporary file beside it, flushed, then renamed. With `exclusive` an
 * existing file is never replaced (false is returned).
 *
 * @throws RetableError `unavailable` naming the file and the reason (full disk, no permission, read-only).
 */
export const writeWholeFile = (
  path: string,
  content: string | Uint8Array,
  { exclusive = false, mode = 0o644 }: { exclusive?: boolean; mode?: number } = {},
): boolean => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = openSync(temporary, 'wx', mode)
    try {
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (!exclusive) {
      renameSync(temporary, path)
    } else if (!linkNew(temporary, path)) {
      return false
    }
    syncFolder(dirname(path))
    return true
  } catch (error) {
    throw explainFileError(error, 'write', path)
  } finally {
    removeQuietly(temporary)
  }
}

/**
 * As {@link writeWholeFile}, without blocking, for what `write` puts into the file: it appears whole and flushed under
 * `path`, in place of what was there, or not at all.
 *
 * @throws RetableError `unavailable` naming the file and the reason; what `write` throws.
 * @example
 * await replaceFile('curve.json', (file) => file.writeFile(JSON.stringify(curve)))
 */
export const replaceFile = async <T>(
  path: string,
  write: (file: FileHandle, temporary: string) => Promise<T>,
): Promise<T> => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx')
    let made: T
    try {
      made = await write(file, temporary)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    syncFolder(dirname(path))
    return made
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw explainFileError(error, 'write', path)
  }
}

/** What file systems without hard links, as exFAT and some of networks, say of one. */
const withoutLinks: readonly string[] = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']

/** Copies a file to a new name; false where that name is taken. */
const copyNew = (from: string, to: string): boolean => {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
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

/** Gives a file a second name; false where that name is taken. Copies on file systems without hard links. */
const linkNew = (from: string, to: string): boolean => {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return false
    if (code !== undefined && withoutLinks.includes(code)) return copyNew(from, to)
    throw error
  }
}
