import { RetableError } from '@retable/core/host'
import {
  artifactsOf,
  checkArchiveHead,
  decodeArchived,
  decodeArtifact,
  encodeArchive,
  encodeArtifact,
  readArchiveLine,
} from '../unit/result-archive.js'
import type { StoredResult } from '../unit/result.js'
import { digest, type PageStore } from './page-store.js'

/** The parts of an archive of results and of those of their artifacts that are kept: what `retable import` reads. */
export const exportArchive = async (
  results: readonly StoredResult[],
  store: PageStore,
): Promise<readonly string[]> => {
  const parts = [encodeArchive(results)]
  for (const artifact of artifactsOf(results).values()) {
    const bytes = await store.readArtifact(artifact)
    if (bytes) parts.push(`${encodeArtifact(artifact.file, bytes)}\n`)
  }
  return parts
}

/** What {@link importArchive} added. */
export interface Imported {
  /** Every result of the archive. */
  readonly results: readonly StoredResult[]
  /** Of these, how many were not there. */
  readonly added: number
  /** How many artifacts were added. */
  readonly artifacts: number
}

/**
 * Adds the results and artifacts of an archive to the page's store; each is checked.
 *
 * @param name what to call the file in errors
 * @throws RetableError `corrupt-data` if a line was changed, `mismatch` if a unit has another result here.
 */
export const importArchive = async (
  name: string,
  text: string,
  store: PageStore,
): Promise<Imported> => {
  const [head = '', ...rest] = text.split(/\r?\n/)
  checkArchiveHead(name, head)
  const results: StoredResult[] = []
  let added = 0
  let artifacts = 0
  for (const [i, line] of rest.entries()) {
    const read = readArchiveLine(name, line, i + 2)
    if (read?.kind === 'result') {
      const result = decodeArchived(name, read)
      results.push(result)
      added += (await store.add(result)) ? 1 : 0
    } else if (read) {
      const bytes = decodeArtifact(name, read)
      const [sha256 = '', extension] = read.file.split(/(?=\.)/)
      if ((await digest(bytes)) !== sha256) {
        throw new RetableError('corrupt-data', `artifact ${read.file} of ${name} was changed`)
      }
      await store.keepArtifact(bytes, extension ?? '')
      artifacts++
    }
  }
  return { results, added, artifacts }
}
