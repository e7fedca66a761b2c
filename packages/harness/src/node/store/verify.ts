import { join } from 'node:path'
import { explainFileError, fileDigest } from '@retable/core/node'
import { parseResultFileName } from '../../unit/result-file.js'
import { shortKey } from '../../unit/unit-key.js'
import type { Store } from './store.js'

/** What {@link verifyStore} found. */
export interface Verification {
  /** How many results were read. */
  readonly checked: number
  /** How many artifacts were there and read. */
  readonly artifacts: number
  /** Artifacts that are not there: git and archives leave them out, and they can be computed again. */
  readonly missing: number
  /** A sentence for each file that is not what was written. */
  readonly problems: readonly string[]
}

/**
 * Recomputes the hashes of every result and of the artifacts that are there, and looks for the results that others need.
 * Throws only if the folder cannot be read.
 */
export const verifyStore = async (store: Store): Promise<Verification> => {
  const problems = store
    .strayNames()
    .map(
      (name) =>
        `${join(store.dir, 'runs', name)} is not named as a result is ` +
        '(<kind>.seed<n>.<key>.<content>.json), so nothing reads it; name it so again, or delete it',
    )
  try {
    store.references()
  } catch (error) {
    problems.push((error as Error).message)
  }
  const artifacts = new Map<string, { path: string; sha256: string; label: string }>()
  const files = new Map<string, string>()
  /** Starts of the keys of results that are there and were named already. */
  const unreadable = new Set<string>()
  const needed: { path: string; key: string; name: string }[] = []
  const now = store.look((error) => problems.push((error as Error).message))
  const { names } = now
  let missing = 0
  for (const name of names) {
    try {
      const { file: path, result } = now.read(name)
      // Reading a result leaves its curve for later.
      void result.curve
      const other = files.get(result.key)
      if (other !== undefined)
        problems.push(`${path} and ${other} are results of one unit; keep one`)
      files.set(result.key, path)
      for (const [need, key] of Object.entries(result.needs)) needed.push({ path, key, name: need })
      for (const artifact of Object.values(result.artifacts)) {
        if (!store.hasArtifact(artifact) && !store.artifactExists(artifact)) missing++
        else {
          const { sha256 } = artifact
          artifacts.set(artifact.file, {
            path: store.artifactPath(artifact),
            sha256,
            label: result.label,
          })
        }
      }
    } catch (error) {
      unreadable.add(parseResultFileName(name)!.key)
      problems.push((error as Error).message)
    }
  }
  for (const { path, key, name } of needed) {
    if (!files.has(key) && !unreadable.has(key.slice(0, 16))) {
      problems.push(
        `${path} needs the result ${shortKey(key)} ("${name}"), which is not in ${store.dir}; run its table to have it made again`,
      )
    }
  }
  for (const { path, sha256, label } of artifacts.values()) {
    const found = await fileDigest(path).catch((error: unknown) => {
      problems.push(
        String((explainFileError(error, `read artifact of "${label}"`, path) as Error).message),
      )
    })
    if (found !== undefined && found !== sha256) {
      problems.push(
        `artifact ${path} of "${label}" was changed: it hashes to ${found.slice(0, 16)}, expected ${sha256.slice(0, 16)}`,
      )
    }
  }
  return { checked: names.length, artifacts: artifacts.size, missing, problems }
}
