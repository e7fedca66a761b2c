import type { ClaimVerdict, SeedsNeeded } from '../../judge/judge-sample.js'
import { isEnough } from '../../judge/claim-references.js'
import { mostSeeds } from '../../judge/statistics/power.js'
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
  const alpha = claim.look?.level ?? ownAlpha
  const level = `${Number(((1 - 2 * alpha) * 100).toFixed(1))}%`
  const parts: string[] = [`n = ${claim.n}`]
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
      `as claimed in ${percent(claim.superiority.share)} of seeds (${level} interval ${low} to ${high})`,
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
  if (isAgainst && claim.references && !claim.references.some(isEnough))
    parts.push('no other implementation’s runs have judged it')
  if (claim.needed) parts.push(neededText(claim.needed))
  return parts.join(', ')
}

const percent = (share: number): string => `${formatNumber(100 * share, 0)}%`

/** `at this spread (standard deviation 1.20) 12 seeds would decide it if the effect is as observed, 30 if it is the paper’s (80% power)`. */
const neededText = ({ sd, power, observed, paper, of }: SeedsNeeded): string => {
  const effects = [
    observed === null ? [] : `${seedCount(observed)} if the effect is as observed`,
    paper === null ? [] : `${seedCount(paper)} if it is the paper’s`,
  ].flat()
  const whose = of === undefined ? 'this' : `${of}’s`
  const spread = `at ${whose} spread (standard deviation ${Number(sd.toPrecision(3))})`
  return effects.length === 0
    ? `${spread} no number of seeds decides an effect that is exactly at the threshold`
    : `${spread} it takes ${effects.join(', ')} (${percent(power)} power)`
}

const seedCount = (n: number): string =>
  n === Infinity ? `more than ${formatNumber(mostSeeds, 0)} seeds` : `about ${n} seeds`

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
