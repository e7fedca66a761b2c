import { basename, join } from 'node:path'
import { RetableError } from '@retable/core/host'
import type { UnitOutput } from '../../unit/context.js'
import type { StoredArtifact } from '../../unit/result.js'
import type { Unit } from '../../unit/unit.js'
import type { Store } from '../store/store.js'

/**
 * The path of an artifact of this file name in a folder.
 *
 * @throws RetableError `invalid-argument` if the name is no plain file name.
 */
export const artifactPathIn = (folder: string, fileName: string): string => {
  if (fileName === basename(fileName) && !fileName.startsWith('.')) return join(folder, fileName)
  throw new RetableError(
    'invalid-argument',
    `an artifact is a plain file name, found "${fileName}"`,
  )
}

/** Moves the artifacts that a unit wrote to `folder` into the store. */
export const keepArtifacts = async (
  { label }: Unit,
  output: UnitOutput,
  folder: string,
  store: Store,
): Promise<Readonly<Record<string, StoredArtifact>>> => {
  const kept: [string, StoredArtifact][] = []
  for (const [name, path] of Object.entries(output.artifacts ?? {})) {
    if (join(folder, basename(path)) !== path) {
      throw new RetableError(
        'invalid-argument',
        `artifact "${name}" of unit "${label}" is ${path}, which context.artifact() did not give`,
      )
    }
    kept.push([name, await store.keepArtifact(path)])
  }
  return Object.fromEntries(kept)
}
