import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { isRetableError, sha256Hex } from '@retable/core/host'
import { makeFolder, replaceFile } from '@retable/core/node'

/**
 * Where indices, lists of broken images and statistics are kept: RETABLE_CACHE, or `retable` in XDG_CACHE_HOME or
 * `~/.cache`. A variable that is empty counts as unset, and so does an XDG_CACHE_HOME that is no absolute path, as the
 * specification has it.
 */
export const defaultCacheDir = (): string => {
  const { RETABLE_CACHE: own, XDG_CACHE_HOME: shared = '' } = process.env
  if (own !== undefined && own !== '') return own
  return join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'retable')
}

/** What a kept file holds, and the version of its format: a file of another version counts as not there. */
export type KeptKind = `retable-${string} ${number}`

/** The first line of a kept file: its kind, and a SHA-256 of the kind and all that comes below. */
const headOf = (kind: KeptKind, content: string): string =>
  `${kind} ${sha256Hex(`${kind}\n`, content)}\n`

/** Keeps text that can be recomputed: if the folder cannot be written or is full, it is not kept. */
export const keepFile = async (path: string, kind: KeptKind, content: string): Promise<void> => {
  try {
    makeFolder(dirname(path))
    await replaceFile(path, (file) => file.writeFile(headOf(kind, content) + content))
  } catch (error) {
    if (!isRetableError(error) || error.code !== 'unavailable') throw error
  }
}

/** What {@link keepFile} kept; undefined if there is nothing, of another kind or version, or a byte of it is wrong. */
export const readKept = async (path: string, kind: KeptKind): Promise<string | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const content = text.slice(text.indexOf('\n') + 1)
  return text === headOf(kind, content) + content ? content : undefined
}
