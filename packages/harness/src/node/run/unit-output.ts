import { basename, join } from 'node:path'
import { RetableError } from '@retable/core/host'
import type { UnitOutput } from '../../unit/context.js'
import { assertPlainJson } from '../../unit/plain-json.js'
import type { StoredArtifact } from '../../unit/result.js'
import type { Unit } from '../../unit/unit.js'
import type { Store } from '../store/store.js'

/**
 * Checks what a unit returned.
 *
 * @throws RetableError `diverged` if a metric or a curve is not finite, `invalid-argument` for what is no output.
 */
export const checkOutput = ({ label, definition }: Unit, output: UnitOutput): void => {
  const where = `unit "${label}"`
  // Plain JavaScript may return anything.
  const found: unknown = output
  if (typeof found !== 'object' || found === null || !('metrics' in found)) {
    throw new RetableError('invalid-argument', `${where} (${definition.kind}) returned no metrics`)
  }
  assertPlainJson(output.metrics, `metrics of ${where}`, 'diverged')
  assertPlainJson(output.curve, `curve of ${where}`, 'diverged')
  assertPlainJson(output.extra, `extra of ${where}`)
  for (const [name, value] of Object.entries(output.metrics)) {
    if (typeof value !== 'number') {
      throw new RetableError(
        'invalid-argument',
        `metric "${name}" of ${where} is a ${typeof value}, expected a number`,
      )
    }
  }
}

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
