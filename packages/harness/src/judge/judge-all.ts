import {
  leastSeeds,
  untested,
  usualPower,
  type ClaimInput,
  type ClaimVerdict,
  type SeedsNeeded,
  type Verdict,
} from './verdict.js'
import { seedsNeeded, type SeedCount } from './statistics/power.js'

/** Holm's p against a conjunction by both tests: of each part the larger p counts, as both must reach the level. */
const decisiveAgainst = (parts: readonly ClaimVerdict[]): number | null => {
  const ps = parts.flatMap((part) => {
    if (part.parts.length > 0) return decisiveAgainst(part.parts) ?? []
    if (part.pAgainst === null || part.signFlip === null) return []
    if (part.n < leastSeeds || part.lost > 0) return []
    return [Math.max(part.pAgainst, part.signFlip.pAgainst)]
  })
  return ps.length === 0 ? null : Math.min(1, Math.min(...ps) * parts.length)
}

/** The seeds at which each part would be supported, or one contradicted after Holm's correction; see {@link SeedsNeeded}. */
const neededOfAll = (parts: readonly ClaimVerdict[], alpha: number): SeedsNeeded | null => {
  const mostOf = (counts: readonly (SeedCount | null)[]): SeedCount | null =>
    counts.length === 0 || counts.includes(null)
      ? null
      : counts.includes('more than 1000')
        ? 'more than 1000'
        : Math.max(...counts.map(Number))
  const open = parts.filter(({ verdict }) => verdict !== 'supported')
  const supportable = ({ spread, parts: own, needed }: ClaimVerdict): boolean =>
    own.length > 0
      ? own.every((part) => part.verdict === 'supported' || supportable(part))
      : needed !== null && (spread?.distance ?? 0) > 0
  const observed = open.every(supportable)
    ? mostOf(open.map(({ needed }) => needed?.observed ?? null))
    : leastToContradict(parts, alpha)
  const paper = mostOf(open.map(({ needed }) => needed?.paper ?? null))
  return observed === null && paper === null
    ? null
    : { sd: null, power: usualPower, observed, paper }
}

/** The least seeds with which some part is contradicted at α divided among the parts; null if none lies on that side. */
const leastToContradict = (parts: readonly ClaimVerdict[], alpha: number): SeedCount | null => {
  const level = alpha / parts.length
  const counts = parts.flatMap(({ parts: own, spread, n }): SeedCount | readonly [] => {
    if (own.length > 0) return leastToContradict(own, level) ?? []
    if (!spread || spread.distance >= 0) return []
    const least = Math.max(leastSeeds, n + 1)
    const { distance: effect, sd } = spread
    return seedsNeeded({ effect, sd, alpha: level, power: usualPower, least }) ?? []
  })
  const numbers = counts.filter((count) => typeof count === 'number')
  return numbers.length > 0 ? Math.min(...numbers) : (counts[0] ?? null)
}

/**
 * Decides a claim of several parts: supported if each part is (the intersection-union test, whose size is at most α without a
 * correction), contradicted if some part's opposite survives Holm's correction over the parts.
 */
export const judgeAll = (
  parts: readonly ClaimVerdict[],
  { alpha, withNeeded }: ClaimInput,
): ClaimVerdict => {
  const known = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null)
  const pFor = known(parts.map((part) => part.pFor))
  const pAgainst = known(parts.map((part) => part.pAgainst))
  const flips = known(parts.map(({ signFlip }) => signFlip))
  const holm = (ps: readonly number[]) =>
    ps.length === 0 ? null : Math.min(1, Math.min(...ps) * parts.length)
  const decisive = decisiveAgainst(parts)
  const every = (verdict: Verdict) => parts.every((part) => part.verdict === verdict)
  // A part without a p was compared exactly: its verdict stands as it is.
  const contradicted =
    (decisive !== null && decisive < alpha) ||
    parts.some((part) => part.verdict === 'contradicted' && part.pAgainst === null)
  const tested = parts.filter((part) => part.n > 0)
  const verdict: Verdict = every('supported')
    ? 'supported'
    : contradicted
      ? 'contradicted'
      : every('equivalent')
        ? 'equivalent'
        : tested.length > 0
          ? 'inconclusive'
          : every('no data')
            ? 'no data'
            : 'not run'
  const unsettled = parts.filter((part) => part.verdict !== 'supported').length
  const equivalent = parts.filter((part) => part.verdict === 'equivalent').length
  const withoutResults = parts.length - tested.length
  return {
    verdict,
    n: tested.length === 0 ? 0 : Math.min(...tested.map((part) => part.n)),
    ...untested,
    level: parts[0]!.level,
    needed: verdict === 'inconclusive' && withNeeded !== false ? neededOfAll(parts, alpha) : null,
    effect: null,
    effectUnit: '',
    pFor: pFor.length === parts.length ? Math.max(...pFor) : null,
    pAgainst: holm(pAgainst),
    signFlip:
      flips.length === parts.length
        ? {
            pFor: Math.max(...flips.map((flip) => flip.pFor)),
            pAgainst: holm(flips.map((flip) => flip.pAgainst))!,
          }
        : null,
    test: `all of ${parts.length} parts: each at α to support (intersection-union), Holm over the parts to contradict`,
    reason:
      verdict === 'inconclusive'
        ? `${unsettled} of ${parts.length} parts not supported` +
          (withoutResults > 0 ? `, ${withoutResults} of them without results` : '') +
          (equivalent > 0
            ? `, ${equivalent} of them equivalent, which more seeds do not change`
            : '')
        : tested.length === 0
          ? parts.find((part) => part.verdict === verdict)!.reason
          : '',
    parts,
  }
}
