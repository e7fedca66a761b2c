import { RetableError } from '@retable/core/host'
import type { NeededResult } from '../../unit/context.js'
import { DamagedNeed } from '../../unit/damaged-need.js'
import type { Unit } from '../../unit/unit.js'
import { fileDigest } from '@retable/core/node'
import { explainFileError } from '@retable/core/node'
import type { Store } from '../store/store.js'
import { unitKey } from '../../unit/unit-key.js'
import { exactResult } from '../../plan/exact.js'

/**
 * The results that a unit needs, out of the store, their artifacts checked against their hashes.
 *
 * @throws RetableError `not-found` if a result is missing, {@link DamagedNeed} naming an artifact that was changed.
 */
export const readNeeds = async (
  unit: Unit,
  store: Store,
): Promise<Readonly<Record<string, NeededResult>>> => {
  const read = Object.create(null) as Record<string, NeededResult>
  for (const [name, need] of Object.entries(unit.needs)) {
    if (need.definition.exact) {
      const { metrics, curve, extra } = await exactResult(need)
      read[name] = { metrics, curve, extra, seed: need.seed, artifacts: {} }
      continue
    }
    const found = store.find(unitKey(need))
    if (!found) {
      throw new RetableError(
        'not-found',
        `unit "${unit.label}" needs "${need.label}" (${name}), which has no result in ${store.dir}`,
      )
    }
    const artifacts = Object.create(null) as Record<string, string>
    for (const [file, artifact] of Object.entries(found.result.artifacts)) {
      const path = store.artifactPath(artifact)
      const sha = await fileDigest(path).catch((error: unknown) => {
        throw explainFileError(error, 'read artifact', path)
      })
      if (sha !== artifact.sha256) {
        throw new DamagedNeed(
          `artifact ${path} ("${file}" of "${need.label}") was changed: it hashes to ` +
            `${sha.slice(0, 16)}, expected ${artifact.sha256.slice(0, 16)}`,
          unitKey(need),
        )
      }
      artifacts[file] = path
    }
    const { metrics, curve, extra, seed } = found.result
    read[name] = { metrics, curve, extra, seed, artifacts }
  }
  return read
}
