import type { StoredArtifact, StoredResult } from '../unit/result.js'
import { unitKey } from '../unit/unit-key.js'
import type { Unit } from '../unit/unit.js'
import type { ResultSource } from './collect.js'

/** What holds results and, of their artifacts, those that are kept. */
export interface KeptResults extends Pick<ResultSource, 'snapshot'> {
  /** Whether the artifact is there, in its size. */
  hasArtifact(artifact: StoredArtifact): boolean
}

/** Whether every artifact of a result is kept. */
export const isWhole = (
  { hasArtifact }: Pick<KeptResults, 'hasArtifact'>,
  { artifacts }: StoredResult,
): boolean => Object.values(artifacts).every(hasArtifact)

/** The units without a result, each once, what is needed before what needs it; and the results that are there. */
export const missingUnits = (
  units: readonly Unit[],
  kept: KeptResults,
): { readonly pending: readonly Unit[]; readonly found: readonly StoredResult[] } => {
  const snapshot = kept.snapshot()
  const seen = new Set<string>()
  const queued = new Set<string>()
  const pending: Unit[] = []
  const found = new Map<string, StoredResult>()
  const visit = (unit: Unit, forArtifacts: boolean): void => {
    if (unit.definition.exact) return
    const key = unitKey(unit)
    const asked = `${key} ${forArtifacts}`
    if (seen.has(asked)) return
    seen.add(asked)
    const result = snapshot.find(key)?.result
    if (result) found.set(key, result)
    if (result && !(forArtifacts && !isWhole(kept, result))) return
    if (queued.has(key)) return
    queued.add(key)
    for (const need of Object.values(unit.needs)) visit(need, true)
    pending.push(unit)
  }
  for (const unit of units) visit(unit, false)
  return { pending, found: [...found.values()] }
}
