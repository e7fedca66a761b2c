import { RetableError } from '@retable/core/host'
import { canonicalJson } from './canonical-json.js'
import { decodeResult, encodeResult, parseResultFileName } from './result-file.js'
import type { StoredArtifact, StoredResult } from './result.js'

/** The first line of an archive. */
const archiveHead = '{"format":"retable-results","formatVersion":1}'

/** A line of an archive: a result by the name of its file, an artifact by its own. */
export type ArchiveLine =
  | { readonly kind: 'result'; readonly name: string; readonly line: string }
  | { readonly kind: 'artifact'; readonly file: string; readonly line: string }

const resultStart = '{"name":"'
const artifactStart = '{"artifact":"'

/**
 * The text of an archive: results as JSON Lines, in the order of their names. A line is the text of a result's file, which
 * has its SHA-256, without line ends and with the file's name before it; so that two archives can be compared by line, and
 * a result can be found without reading the others. What artifacts are to be part of it follow, in base64.
 *
 * @param artifacts bytes of the results' artifacts, by the name of their file
 * @example
 * const text = encodeArchive(results) // what a page offers for download, and `retable import` reads
 */
export const encodeArchive = (
  results: readonly StoredResult[],
  artifacts: ReadonlyMap<string, Uint8Array> = new Map(),
): string => {
  const lines = results
    .map(encodeResult)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, text }) => `{"name":"${name}",${text.replaceAll('\n', '').slice(1)}`)
  const kept = [...artifacts].map(([file, bytes]) => encodeArtifact(file, bytes))
  return [archiveHead, ...lines, ...kept, ''].join('\n')
}

/** The line of an artifact, by the name of its file. */
export const encodeArtifact = (file: string, bytes: Uint8Array): string => {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000))
  }
  return `${artifactStart}${file}","base64":"${btoa(binary)}"}`
}

/** Throws RetableError unless `line` is the first line of an archive that this version reads. */
export const checkArchiveHead = (path: string, line: string): void => {
  if (line === archiveHead) return
  const found = parse(line)
  if (found?.['format'] === 'retable-results') {
    throw new RetableError(
      'mismatch',
      `${path} was written by a later version (format ${canonicalJson(found['formatVersion'])}, this one reads 1); update this one`,
    )
  }
  throw new RetableError(
    'corrupt-data',
    `${path} is no archive of results: expected ${archiveHead} as its first line`,
  )
}

/**
 * What a line after the first holds, undecoded; undefined for an empty one.
 *
 * @throws RetableError `corrupt-data` naming file and line
 */
export const readArchiveLine = (
  path: string,
  line: string,
  number: number,
): ArchiveLine | undefined => {
  if (line === '') return undefined
  if (line.startsWith(artifactStart)) {
    const file = line.slice(artifactStart.length, line.indexOf('"', artifactStart.length))
    if (/^[0-9a-f]{64}(\.[a-z0-9.]+)?$/.test(file)) return { kind: 'artifact', file, line }
  }
  if (line.startsWith(resultStart)) {
    const name = line.slice(resultStart.length, line.indexOf('"', resultStart.length))
    if (parseResultFileName(name)) return { kind: 'result', name, line }
  }
  throw new RetableError(
    'corrupt-data',
    `line ${number} of ${path} is neither a result nor an artifact: it begins with ${line.slice(0, 40)}`,
  )
}

/**
 * The result of a line, checked as `decodeResult` checks a file.
 *
 * @throws RetableError as `decodeResult` does
 */
export const decodeArchived = (
  path: string,
  { name, line }: ArchiveLine & { kind: 'result' },
): StoredResult => {
  const text = `{${line.slice(resultStart.length + name.length + '",'.length)}`
  return decodeResult(`${path} (${name})`, name, new TextEncoder().encode(text))
}

/**
 * The bytes of an artifact's line. Whether they hash to its name is for the caller to check.
 *
 * @throws RetableError `corrupt-data` if the line was cut short
 */
export const decodeArtifact = (
  path: string,
  { file, line }: ArchiveLine & { kind: 'artifact' },
): Uint8Array => {
  try {
    const { base64 } = JSON.parse(line) as { readonly base64: string }
    const binary = atob(base64)
    return Uint8Array.from(binary, (character) => character.charCodeAt(0))
  } catch (cause) {
    throw new RetableError('corrupt-data', `artifact ${file} of ${path} was cut short`, { cause })
  }
}

/** The artifacts that results name, by file, each once. */
export const artifactsOf = (
  results: readonly StoredResult[],
): ReadonlyMap<string, StoredArtifact> =>
  new Map(
    results.flatMap(({ artifacts }) =>
      Object.values(artifacts).map((artifact) => [artifact.file, artifact] as const),
    ),
  )

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return undefined
  }
}
