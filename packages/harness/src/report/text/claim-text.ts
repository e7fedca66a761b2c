import type { ClaimVerdict, EffectThreshold, SeedsNeeded } from '../../judge/verdict.js'
import { isEnough } from '../../judge/claim-references.js'
import { mostSeeds, type SeedCount } from '../../judge/statistics/power.js'
import type { Deviation } from '../../declare/reproduction.js'
import type { ReportClaim } from '../report.js'
import { formatNumber, formatP, sentence } from './format-number.js'

/**
 * `n = 5, effect 1.42 percentage points gain of C over B, 90% interval [0.31, 2.53], t-test p = 0.021, sign-flip test
 * p = 0.031, better in 100% of seeds (90% interval 55% to 100%)`; if it is open, why, and what would decide it.
 */
export const claimEvidence = (
  claim: ClaimVerdict & Partial<Pick<ReportClaim, 'ours' | 'references'>>,
  { alpha: ownAlpha, digits = 2 }: { readonly alpha: number; readonly digits?: number },
): string => {
  const alpha = claim.level ?? ownAlpha
  const level = `${Number(((1 - 2 * alpha) * 100).toFixed(1))}%`
  const parts: string[] = [`n = ${claim.n}`]
  if (claim.without > 0)
    parts[0] += ` of ${claim.n + claim.without} seeds (the others lack the number)`
  if (claim.look && claim.look.seeds > 0) {
    parts[0] += ` (look ${claim.look.looks.indexOf(claim.look.seeds) + 1} of ${claim.look.looks.length}, each at ${formatNumber(alpha, 4)})`
  }
  if (claim.diverged > 0) parts.push(`${claim.diverged} of them with a run that diverged`)
  if (claim.effect !== null) {
    parts.push(`effect ${formatNumber(claim.effect, digits)} ${claim.effectUnit}`.trim())
    if (claim.interval) {
      const ends = claim.interval.map((end) => formatNumber(end, digits))
      parts.push(`${level} interval [${ends.join(', ')}]`)
    }
  }
  const isAgainst = (claim.ours ?? claim.verdict) === 'contradicted' && claim.pAgainst !== null
  const p = isAgainst ? claim.pAgainst : claim.pFor
  const flip = isAgainst ? claim.signFlip?.pAgainst : claim.signFlip?.pFor
  const against = isAgainst ? ' against' : ''
  if (p !== null) parts.push(`t-test ${formatP(p, alpha)}${against}`)
  if (flip !== undefined) parts.push(`sign-flip test ${formatP(flip, alpha)}${against}`)
  if (claim.superiority) {
    const [low, high] = claim.superiority.interval.map(percent)
    parts.push(
      `probability that a seed is as claimed ${percent(claim.superiority.share)}${claim.superiority.ties > 0 ? ', a tie counted as half' : ''} (${level} interval ${low} to ${high})`,
    )
  }
  if (claim.equivalence) {
    const { equivalent, margin, p, pSignFlip } = claim.equivalence
    const larger = formatP(Math.max(p, pSignFlip), alpha)
    parts.push(
      `${equivalent ? 'equivalent' : 'not shown to be equivalent'} within ±${margin} (two one-sided tests, ${larger})`,
    )
  }
  if (claim.reason !== '') parts.push(claim.reason)
  if (isByOursOnly(claim)) parts.push('no other implementation’s runs have judged it')
  if (claim.needed) parts.push(neededText(claim.needed, claim.against?.scale))
  return parts.join(', ')
}

/** Whether no other implementation's runs have judged a claim that ours contradict by tests. */
export const isByOursOnly = (
  claim: ClaimVerdict & Partial<Pick<ReportClaim, 'references'>>,
): boolean =>
  claim.verdict === 'contradicted' &&
  claim.pAgainst !== null &&
  claim.references !== undefined &&
  !claim.references.some(isEnough)

/** The verdict, with whose it is if it is only ours: `contradicted (by ours only)`. */
export const verdictText = (
  claim: ClaimVerdict & Partial<Pick<ReportClaim, 'references'>>,
): string => `${claim.verdict}${isByOursOnly(claim) ? ' (by ours only)' : ''}`

const percent = (share: number): string => `${formatNumber(100 * share, 0)}%`

/** `at this spread (standard deviation 1.20) 12 seeds would decide it if the effect is as observed, 30 if it is the paper’s (80% power)`. */
const neededText = (
  { sd, power, observed, paper, of }: SeedsNeeded,
  scale: EffectThreshold['scale'] | undefined,
): string => {
  const effects = [
    observed === null ? [] : `${seedCount(observed)} if the effect is as observed`,
    paper === null ? [] : `${seedCount(paper)} if it is the paper’s`,
  ].flat()
  const whose = of === undefined ? 'this' : `${of}’s`
  const what = scale === 'ratio' ? ' of the log-ratio' : ''
  const deviation = sd === null ? '' : ` (standard deviation${what} ${Number(sd.toPrecision(3))})`
  const spread = `at ${whose} spread${deviation}`
  return effects.length === 0
    ? `${spread} no number of seeds decides an effect that is exactly at the threshold`
    : `${spread} it takes ${effects.join(', ')} (${percent(power)} power)`
}

/** `about 12 seeds`. */
export const seedCount = (n: SeedCount): string =>
  typeof n === 'number' ? `about ${n} seeds` : `more than ${formatNumber(mostSeeds, 0)} seeds`

/** A line for each part of a conjunction: `supported: n = 3, effect …`. Empty for a claim of one part. */
const claimParts = (
  claim: ClaimVerdict,
  options: Parameters<typeof claimEvidence>[1],
): readonly string[] =>
  claim.parts.flatMap((part) =>
    part.parts.length > 0
      ? claimParts(part, options)
      : [`${part.verdict}: ${claimEvidence(part, options)}`],
  )

/** What stands below a claim's evidence: its parts, and what the runs of other implementations say of it. */
export const claimDetails = (
  claim: ReportClaim,
  options: Parameters<typeof claimEvidence>[1],
): readonly string[] => [
  ...claimParts(claim, options),
  ...claim.references.map(
    ({ implementation, judged }) =>
      `by the runs of ${implementation}, ${judged.verdict}: ${claimEvidence(judged, options)}`,
  ),
]

/** `Widths divided by 8. Why: … Effect: …` */
export const deviationText = ({ what, why, effect }: Deviation): string =>
  `${sentence(what)} Why: ${sentence(why)} Effect: ${sentence(effect)}`
