import { equivalenceTest } from './statistics/equivalence.js'
import { pairedTest } from './statistics/paired-t.js'
import { seedsNeeded } from './statistics/power.js'
import { signFlipTest } from './statistics/sign-flip.js'
import { superiority } from './statistics/superiority.js'
import {
  leastSeeds,
  tooFew,
  untested,
  usualPower,
  verdictWithoutNumbers,
  type ClaimInput,
  type ClaimVerdict,
  type EffectThreshold,
  type SeedsNeeded,
} from './verdict.js'

/** What a test over seeds is made of. */
export interface Sample {
  readonly cells: readonly string[]
  /** The seeds that have the number. */
  readonly seeds: readonly number[]
  /** One number for each of them. */
  readonly differences: readonly number[]
  readonly margin: number
  /** Which side of the margin the claim is on. */
  readonly side: 'greater' | 'less'
  readonly effectUnit: string
  readonly scale: EffectThreshold['scale']
  readonly unit: string
  readonly test: string
  /** From the tested scale to the reported one (exp for log-ratios). */
  readonly report?: (value: number) => number
  /** The paper's own difference, on the tested scale. */
  readonly paper?: number | undefined
  /** Differences within ± this count as none: equivalence is tested too. */
  readonly equivalence?: number | undefined
}

/** Tests one difference per seed against the margin; see `judgeClaim`. */
export const judgeSample = (sample: Sample, input: ClaimInput): ClaimVerdict => {
  const { differences, margin, side, effectUnit, report = (value: number) => value } = sample
  const { alpha } = input
  const n = differences.length
  const mean = n === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / n
  const base = {
    ...untested,
    n,
    ...countsOf(sample, input),
    effect: mean === null ? null : report(mean),
    effectUnit,
    against: input.exact
      ? null
      : { scale: sample.scale, unit: sample.unit, value: report(margin), side },
    test: sample.test,
    reason: '',
  }
  if (mean === null) return { ...base, ...verdictWithoutNumbers(sample.cells, input) }
  if (input.exact) {
    const holds = side === 'greater' ? mean > margin : mean < margin
    return { ...base, verdict: holds ? 'supported' : 'contradicted', test: 'exact comparison' }
  }
  const tested = pairedTest(differences, { margin, alpha })
  if (!tested) {
    const reason =
      n < 2
        ? tooFew(n)
        : 'the difference is the same for every seed, and tests need spread: only runs in which seeds matter would decide it'
    return { ...base, verdict: 'inconclusive', level: alpha, reason }
  }
  const flipped = signFlipTest(differences, { margin })
  const [pFor, pAgainst] =
    side === 'greater' ? [tested.pGreater, tested.pLess] : [tested.pLess, tested.pGreater]
  const signFlip =
    side === 'greater'
      ? { pFor: flipped.pGreater, pAgainst: flipped.pLess }
      : { pFor: flipped.pLess, pAgainst: flipped.pGreater }
  const both = {
    pFor: Math.max(pFor, signFlip.pFor),
    pAgainst: Math.max(pAgainst, signFlip.pAgainst),
  }
  const equivalence =
    sample.equivalence === undefined
      ? null
      : (equivalenceTest(differences, { margin: sample.equivalence, alpha }) ?? null)
  const lost = divergedWithout(sample, input)
  const verdict =
    n < leastSeeds || lost.length > 0
      ? 'inconclusive'
      : both.pFor < alpha
        ? 'supported'
        : both.pAgainst < alpha
          ? 'contradicted'
          : equivalence?.equivalent && !disagreement(pFor, pAgainst, signFlip, alpha)
            ? 'equivalent'
            : 'inconclusive'
  // A difference on the claim's side counts as a win whichever side that is.
  const towards = side === 'greater' ? 1 : -1
  const spread = { distance: towards * (mean - margin), sd: tested.sd }
  return {
    ...base,
    verdict,
    lost: lost.length,
    level: alpha,
    spread,
    interval: [report(tested.interval[0]), report(tested.interval[1])],
    pFor,
    pAgainst,
    signFlip,
    superiority: superiority(
      differences.map((difference) => towards * (difference - margin)),
      { margin: 0, alpha },
    ),
    equivalence,
    needed:
      verdict === 'inconclusive' && lost.length === 0 && input.withNeeded !== false
        ? needed(sample, spread, input)
        : null,
    reason:
      verdict !== 'inconclusive'
        ? ''
        : lost.length > 0
          ? `${lost.length === 1 ? `a run of seed ${lost[0]} diverged and has` : `runs of seeds ${lost.join(', ')} diverged and have`} no such number, and a verdict without it would be one on the other seeds`
          : whyOpen(n, pFor, pAgainst, signFlip, alpha),
  }
}

/** Seeds for which every cell was run. */
const seedsRun = (cells: readonly string[], input: ClaimInput): readonly number[] => {
  const [first, ...others] = cells.map((cell) => input.seeds(cell))
  return first!.filter((seed) => others.every((one) => one.includes(seed)))
}

const divergedIn = (cells: readonly string[], input: ClaimInput): ReadonlySet<number> =>
  new Set(cells.flatMap((cell) => input.diverged?.(cell) ?? []))

const countsOf = (
  { cells, seeds }: Pick<Sample, 'cells' | 'seeds'>,
  input: ClaimInput,
): Pick<ClaimVerdict, 'diverged' | 'without'> => {
  const diverged = divergedIn(cells, input)
  return {
    diverged: seeds.filter((seed) => diverged.has(seed)).length,
    without: seedsRun(cells, input).filter((seed) => !seeds.includes(seed)).length,
  }
}

/** Seeds with a run that diverged and so lacks the number: leaving them out would favor whoever diverged. */
const divergedWithout = (
  { cells, seeds }: Pick<Sample, 'cells' | 'seeds'>,
  input: ClaimInput,
): readonly number[] => {
  const diverged = divergedIn(cells, input)
  return seedsRun(cells, input).filter((seed) => !seeds.includes(seed) && diverged.has(seed))
}

const whyOpen = (
  n: number,
  pFor: number,
  pAgainst: number,
  signFlip: NonNullable<ClaimVerdict['signFlip']>,
  alpha: number,
): string => {
  if (n < leastSeeds) return tooFew(n)
  const level = Number(alpha.toFixed(4))
  const disagree = disagreement(pFor, pAgainst, signFlip, alpha)
  if (!disagree) return `neither direction has p < ${level}`
  const [less, more] =
    disagree.t < alpha ? ['t-test', 'sign-flip test'] : ['sign-flip test', 't-test']
  return `the tests disagree: the ${less} has p < ${level} ${disagree.direction} the claim, the ${more} has not`
}

/** The direction in which one test has p < α and the other has not. */
const disagreement = (
  pFor: number,
  pAgainst: number,
  signFlip: NonNullable<ClaimVerdict['signFlip']>,
  alpha: number,
) =>
  [
    { t: pFor, flip: signFlip.pFor, direction: 'for' },
    { t: pAgainst, flip: signFlip.pAgainst, direction: 'against' },
  ].find(({ t, flip }) => t < alpha !== flip < alpha)

/** Seeds that would decide a claim, for the effect observed and for the paper's. */
const needed = (
  { differences: { length: n }, margin, paper }: Sample,
  { distance, sd }: NonNullable<ClaimVerdict['spread']>,
  { alpha }: ClaimInput,
): SeedsNeeded => {
  const seedsFor = (effect: number) =>
    seedsNeeded({ effect, sd, alpha, power: usualPower, least: Math.max(leastSeeds, n + 1) })
  return {
    sd,
    power: usualPower,
    observed: seedsFor(distance),
    paper: paper === undefined ? null : seedsFor(paper - margin),
  }
}
