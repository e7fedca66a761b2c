import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { RetableError, isRetableError } from '@retable/core/host'
import {
  explainFileError,
  fileSystemNow,
  linkNew,
  syncFolder,
  systemCode,
  writeBeside,
  writeWholeFile,
} from '@retable/core/node'
import { decodeResult, encodeResult } from '../../unit/result-file.js'
import type { StoredResult } from '../../unit/result.js'

/** A claim that cannot be read, on disks without hard links, is being written for at most so long, in milliseconds. */
const writingTime = 60_000

/** The file by which one process at a time may publish a result of a key. */
export const claimName = (key: string): string => `.${key.slice(0, 16)}.claim`

/** Whether a file of the results folder is a claim. */
export const isClaim = (name: string): boolean => /^\.[0-9a-f]{16}\.claim$/.test(name)

/**
 * Writes a result into a folder so that of all results of its key the first one stays, whichever processes publish at
 * the same time or are stopped in between, and for however long.
 *
 * File names hold the hash of the content, so that two results of one key do not collide by name. The right to publish
 * a key is a claim, which holds the whole result: a process that finds another's claim finishes its work. Only with a
 * claim does a process look whether there is a result. So no result is published after another, and a process that dies
 * in between has published. Claim and result are one file, written and flushed once: it gets the claim's name first, and
 * then its own.
 *
 * Returns the file, or undefined if there is a result already.
 */
export const publish = (
  folder: string,
  result: StoredResult,
  exists: () => boolean,
): string | undefined => {
  const { name, text } = encodeResult(result)
  const file = join(folder, name)
  const claim = join(folder, claimName(result.key))
  let written: string | undefined
  try {
    written = writeBeside(file, text, { mode: 0o444 })
    while (!linkNew(written, claim)) finishClaim(claim, exists)
    try {
      if (exists()) return undefined
      renameSync(written, file)
      syncFolder(folder)
      return file
    } finally {
      rmSync(claim, { force: true })
    }
  } catch (error) {
    throw explainFileError(error, 'write', file)
  } finally {
    if (written !== undefined) rmSync(written, { force: true })
  }
}

/** Publishes what a claim holds, if there is no result yet, and removes the claim. */
export const finishClaim = (claim: string, exists: () => boolean): void => {
  let bytes: Buffer
  try {
    bytes = readFileSync(claim)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESTALE') return
    throw error
  }
  const name = nameIn(bytes)
  if (name !== undefined) {
    if (!exists()) writeWholeFile(join(dirname(claim), name), bytes, { mode: 0o444 })
  } else if (isFresh(claim)) {
    throw new RetableError('unavailable', `${claim} is being written by another process; try again`)
  }
  rmSync(claim, { force: true })
}

/** The name of the result file that a claim holds; undefined if it is not whole. */
const nameIn = (bytes: Buffer): string | undefined => {
  try {
    const { result } = JSON.parse(bytes.toString('utf8')) as { result: StoredResult }
    const { name, text } = encodeResult(result)
    if (text !== bytes.toString('utf8')) return undefined
    decodeResult(name, name, bytes)
    return name
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isRetableError(error)) {
      return undefined
    }
    throw error
  }
}

const isFresh = (claim: string): boolean => {
  const stat = statSync(claim, { throwIfNoEntry: false })
  return stat !== undefined && fileSystemNow(dirname(claim)) - stat.mtimeMs < writingTime
}

/** The key that a claim's name begins with. */
export const claimKey = (claim: string): string => basename(claim).slice(1, 17)
