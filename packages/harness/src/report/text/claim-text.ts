import type { ClaimVerdict } from '../../judge/judge-sample.js'
import type { Deviation } from '../../declare/reproduction.js'
import { formatNumber, formatP, sentence } from './format-number.js'

/** `n = 3, effect 1.42 percentage points gain of C over B, 90% interval [0.31, 2.53], p = 0.021`; the reason where there is one. */
export const claimEvidence = (
  claim: ClaimVerdict,
  { alpha, digits = 2 }: { readonly alpha: number; readonly digits?: number },
): string => {
  const parts: string[] = [`n = ${claim.n}`]
  if (claim.effect !== null) {
    const level = Math.round((1 - 2 * alpha) * 100)
    parts.push(`effect ${formatNumber(claim.effect, digits)} ${claim.effectUnit}`.trim())
    if (claim.interval) {
      const ends = claim.interval.map((end) => formatNumber(end, digits))
      parts.push(`${level}% interval [${ends.join(', ')}]`)
    }
  }
  if (claim.verdict === 'contradicted' && claim.pAgainst !== null) {
    parts.push(`${formatP(claim.pAgainst, alpha)} against`)
  } else if (claim.pFor !== null) parts.push(formatP(claim.pFor, alpha))
  if (claim.reason !== '') parts.push(claim.reason)
  return parts.join(', ')
}

/** A line for each part of a conjunction: `supported: n = 3, effect …`. Empty for a claim of one part. */
export const claimParts = (
  claim: ClaimVerdict,
  options: Parameters<typeof claimEvidence>[1],
): readonly string[] =>
  claim.parts.flatMap((part) =>
    part.parts.length > 0
      ? claimParts(part, options)
      : [`${part.verdict}: ${claimEvidence(part, options)}`],
  )

/** `Widths divided by 8. Why: … Effect: …` */
export const deviationText = ({ what, why, effect }: Deviation): string =>
  `${sentence(what)} Why: ${sentence(why)} Effect: ${sentence(effect)}`
