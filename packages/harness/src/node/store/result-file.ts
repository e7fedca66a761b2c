import { RetableError } from '@retable/core'
import type { StoredResult } from '../../result.js'
import { sha256OfJson } from '../hash.js'
import { keyOf } from '../unit-key.js'

/** `<kind>.seed<n>.<key>.<content>.json` (`unseeded` without a seed), sixteen hex digits each of the hashes. */
export const resultFileName = ({ kind, seed, key }: StoredResult, sha: string): string =>
  `${kind}.${seed === null ? 'unseeded' : `seed${seed}`}.${key.slice(0, 16)}.${sha.slice(0, 16)}.json`

/** What a result's file name says. */
export interface ResultName {
  readonly kind: string
  readonly seed: number | null
  /** Sixteen digits of the key. */
  readonly key: string
  /** Sixteen digits of the content's hash. */
  readonly sha: string
}

/** Reads a result's file name; undefined for other files. */
export const parseResultFileName = (name: string): ResultName | undefined => {
  const match =
    /^([a-z0-9-]+)\.(?:seed(-?\d+)|unseeded)\.([0-9a-f]{16})\.([0-9a-f]{16})\.json$/.exec(name)
  if (!match) return undefined
  const seed = match[2] === undefined ? null : Number(match[2])
  return { kind: match[1]!, seed, key: match[3]!, sha: match[4]! }
}

/** The text of a result file: the result, and the SHA-256 of its canonical JSON. */
export const encodeResult = (result: StoredResult): { name: string; text: string } => {
  const sha = sha256OfJson(result)
  return {
    name: resultFileName(result, sha),
    text: `${JSON.stringify({ sha256: sha, result }, null, 1)}\n`,
  }
}

/**
 * Reads a result file's text and checks it: whole JSON, hash of the body, key of (kind, version, config, seed,
 * needs), and the file's name.
 *
 * @throws RetableError `corrupt-data` naming the file and what is wrong with it.
 */
export const decodeResult = (path: string, name: string, text: string): StoredResult => {
  const corrupt = (what: string, cause?: unknown): never => {
    throw new RetableError(
      'corrupt-data',
      `result file ${path} ${what}; delete it to have its unit run again`,
      { cause },
    )
  }
  const parsed = parse(text)
  if (parsed === undefined) {
    return corrupt(
      text.length === 0 ? 'is empty' : `was cut short or is no JSON (${text.length} characters)`,
    )
  }
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('sha256' in parsed) ||
    !('result' in parsed)
  ) {
    return corrupt('has no "sha256" and "result"')
  }
  const { sha256: sha, result } = parsed as { sha256: unknown; result: StoredResult }
  const found = sha256OfJson(result)
  if (found !== sha) {
    return corrupt(
      `was changed after it was written: its content hashes to ${found.slice(0, 16)}, it says ${String(sha).slice(0, 16)}`,
    )
  }
  if (result.format !== 'retable-result' || result.formatVersion !== 1) {
    return corrupt(
      `has format "${String(result.format)}" ${String(result.formatVersion)}, expected "retable-result" 1`,
    )
  }
  if (keyOf(result) !== result.key) return corrupt('has a key that is not the hash of its config')
  const expected = resultFileName(result, found)
  if (name !== expected) return corrupt(`holds the result that belongs in ${expected}`)
  return result
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
