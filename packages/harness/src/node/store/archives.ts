import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { explainFileError, systemCode } from '@retable/core/node'
import { checkArchiveHead, readArchiveLine, type ArchiveLine } from '../../unit/result-archive.js'
import type { StoredResult } from '../../unit/result.js'
import { readArchived } from './read-result.js'

/** Told of each archive, or line of one, that cannot be read; by default it ends the reading. */
export type OnBadArchive = (error: unknown) => void

const rethrow: OnBadArchive = (error) => {
  throw error
}

/** The results in the archives of a results folder, as they are now. */
export interface Archives {
  /** Names of the results, as their files would have them. */
  names(): readonly string[]
  /** The archive that holds a name, for messages; undefined if none does. */
  fileOf(name: string): string | undefined
  /** The result of a name that is in {@link names}, checked. */
  read(name: string): StoredResult
}

/**
 * Reads the `*.jsonl` files of a results folder: only the names, until a result is asked for.
 *
 * @throws RetableError `corrupt-data` or `mismatch` for a file that is no archive of this version, unless `onBad` is told
 */
export const openArchives = (dir: string, onBad?: OnBadArchive): Archives => {
  const lines = new Map<
    string,
    { readonly file: string; readonly line: ArchiveLine & { kind: 'result' } }
  >()
  for (const file of archiveFiles(dir)) {
    for (const line of archiveLines(file, onBad)) {
      if (line.kind === 'result') lines.set(line.name, { file, line })
    }
  }
  return {
    names: () => [...lines.keys()],
    fileOf: (name) => lines.get(name)?.file,
    read: (name) => {
      const { file, line } = lines.get(name)!
      return readArchived(file, line)
    },
  }
}

const archiveFiles = (dir: string): readonly string[] => {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(dir, name))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw explainFileError(error, 'read folder', dir)
  }
}

/** The lines of an archive after its first, undecoded. */
export const archiveLines = (
  file: string,
  onBad: OnBadArchive = rethrow,
): readonly ArchiveLine[] => {
  const ifGood = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      onBad(error)
      return undefined
    }
  }
  const lines = ifGood(() => {
    const [head = '', ...rest] = textOf(file).split(/\r?\n/)
    checkArchiveHead(file, head)
    return rest
  })
  return (lines ?? []).flatMap((line, i) => ifGood(() => readArchiveLine(file, line, i + 2)) ?? [])
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw explainFileError(error, 'read', file)
  }
}
