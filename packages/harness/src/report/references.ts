import { ownValue } from '@retable/core/host'
import type { Claim } from '../declare/claim.js'
import type { Reproduction } from '../declare/reproduction.js'
import type { ClaimReference } from '../judge/claim-references.js'
import { cellsOf, judgeClaim } from '../judge/claim-verdict.js'
import type { ClaimInput, SeedValues } from '../judge/verdict.js'
import { compareWithReference } from '../judge/reference-verdict.js'
import { summarize } from '../judge/statistics/summary.js'
import type { ReferenceResults } from '../unit/reference.js'
import type { ReportReference } from './report.js'

/** Another implementation's numbers of a cell and metric, seeds ascending; empty if it has none. */
const numbersOf = ({ cells }: ReferenceResults, cell: string, metric: string): SeedValues =>
  new Map(
    Object.entries(ownValue(ownValue(cells, cell), metric) ?? {})
      .map(([seed, value]) => [Number(seed), value] as const)
      .sort(([a], [b]) => a - b),
  )

/** Another implementation's numbers with ours beside them. */
export const buildReference = (
  reference: ReferenceResults,
  metrics: Reproduction['metrics'],
  ours: (cell: string, metric: string) => SeedValues,
  alpha: number,
): ReportReference => {
  const { implementation, paired, provenance, cells } = reference
  return {
    implementation,
    paired,
    provenance,
    numbers: Object.keys(cells).flatMap((cell) =>
      metrics.flatMap((metric) => {
        const theirs = numbersOf(reference, cell, metric.id)
        if (theirs.size === 0) return []
        const margin = metric.equivalence?.within
        const comparison =
          margin === undefined
            ? undefined
            : compareWithReference(ours(cell, metric.id), theirs, { margin, paired, alpha })
        const values = [...theirs].map(([seed, value]) => ({ seed, value }))
        const summary = summarize([...theirs.values()])
        return [{ cell, metric: metric.id, values, ...summary, comparison: comparison ?? null }]
      }),
    ),
  }
}

/** What another implementation's runs say of a claim; empty if they lack one of its cells. */
export const judgeByReference = (
  claim: Claim,
  reference: ReferenceResults,
  common: Omit<ClaimInput, 'values' | 'seeds' | 'diverged' | 'sequential'>,
): readonly ClaimReference[] => {
  const { implementation, cells } = reference
  if (!cellsOf(claim).every((cell) => ownValue(cells, cell) !== undefined)) return []
  const judged = judgeClaim(claim, {
    ...common,
    values: (cell, metric) => numbersOf(reference, cell, metric),
    seeds: (cell) =>
      Object.values(ownValue(cells, cell) ?? {}).flatMap((seeds) => Object.keys(seeds).map(Number)),
  })
  return judged.n > 0 ? [{ implementation, judged }] : []
}
