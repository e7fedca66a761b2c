import type { Metric } from '../declare/reproduction.js'
import { pairedTest } from './statistics/paired-t.js'

/**
 * What became of a claim. `not run`: there is no seed for which all of its cells were run; `no data`: there are, and
 * none of them has the number that it is about.
 */
export type Verdict = 'supported' | 'contradicted' | 'inconclusive' | 'no data' | 'not run'

/** The numbers of one cell and metric by seed. */
export type SeedValues = ReadonlyMap<number, number>

/** Where {@link judgeClaim} reads numbers from. */
export interface ClaimInput {
  /** The numbers of a cell; empty where it was not run, or has no such number. */
  values(cell: string, metric: string): SeedValues
  /** Seeds for which a cell was run. */
  seeds(cell: string): readonly number[]
  metric(id: string): Pick<Metric, 'better' | 'unit' | 'name'>
  /** What people call a cell. */
  cellName(id: string): string
  /** The table's first metric: what an effect is on where it does not say. */
  readonly mainMetric: string
  readonly alpha: number
  /** True for counts: compared as they are, without a test. */
  readonly exact: boolean
}

/** The scale of an effect, and the value that the claim says it lies above or below. */
export interface EffectThreshold {
  readonly scale: 'gain' | 'slope' | 'ratio'
  /** Of the effect; empty for ratios. */
  readonly unit: string
  readonly value: number
  readonly side: 'greater' | 'less'
}

/** A claim's verdict with everything it rests on. */
export interface ClaimVerdict {
  readonly verdict: Verdict
  /** Seeds for which every cell of the claim has the number. */
  readonly n: number
  /** The mean of what was tested (gain, slope, ratio); null where there is none. */
  readonly effect: number | null
  /** Unit of `effect`, with its meaning: `percentage points gain of C over B`. */
  readonly effectUnit: string
  /** What `effect` is tested against; null where it is compared exactly, and for a conjunction. */
  readonly against: EffectThreshold | null
  /** The interval at level 1 − 2α around `effect`. */
  readonly interval: readonly [number, number] | null
  /** One-sided p for the claim, and against it. */
  readonly pFor: number | null
  readonly pAgainst: number | null
  /** The test in words. */
  readonly test: string
  /** Why it is inconclusive, not run or without data; empty otherwise. */
  readonly reason: string
  /** The parts of a conjunction. */
  readonly parts: readonly ClaimVerdict[]
}

/** The verdict on cells of which no seed has all numbers, and why. */
export const verdictWithoutNumbers = (
  cells: readonly string[],
  input: ClaimInput,
): Pick<ClaimVerdict, 'verdict' | 'reason'> => {
  const [first, ...others] = cells.map((cell) => input.seeds(cell))
  if (first!.some((seed) => others.every((one) => one.includes(seed)))) {
    return { verdict: 'no data', reason: 'none of its seeds has this number' }
  }
  const some = cells.some((cell) => input.seeds(cell).length > 0)
  return {
    verdict: 'not run',
    reason: some ? 'no seed has all of its cells' : 'its cells were not run',
  }
}

/** What a test over seeds is made of. */
export interface Sample {
  readonly cells: readonly string[]
  /** One number a seed. */
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
}

/** Tests one difference a seed against the margin; see `judgeClaim`. */
export const judgeSample = (sample: Sample, input: ClaimInput): ClaimVerdict => {
  const { differences, margin, side, effectUnit, report = (value: number) => value } = sample
  const n = differences.length
  const mean = n === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / n
  const base = {
    n,
    effect: mean === null ? null : report(mean),
    effectUnit,
    against: input.exact
      ? null
      : { scale: sample.scale, unit: sample.unit, value: report(margin), side },
    interval: null,
    pFor: null,
    pAgainst: null,
    test: sample.test,
    reason: '',
    parts: [],
  } as const
  if (mean === null) return { ...base, ...verdictWithoutNumbers(sample.cells, input) }
  if (input.exact) {
    const holds = side === 'greater' ? mean > margin : mean < margin
    return { ...base, verdict: holds ? 'supported' : 'contradicted', test: 'exact comparison' }
  }
  const tested = pairedTest(differences, { margin, alpha: input.alpha })
  if (!tested) {
    const reason =
      n < 2
        ? 'one seed says nothing about spread'
        : 'the seeds do not differ: a t-test does not apply'
    return { ...base, verdict: 'inconclusive', reason }
  }
  const [pFor, pAgainst] =
    side === 'greater' ? [tested.pGreater, tested.pLess] : [tested.pLess, tested.pGreater]
  const verdict =
    pFor < input.alpha ? 'supported' : pAgainst < input.alpha ? 'contradicted' : 'inconclusive'
  return {
    ...base,
    verdict,
    interval: [report(tested.interval[0]), report(tested.interval[1])],
    pFor,
    pAgainst,
    reason: verdict === 'inconclusive' ? `neither direction has p < ${input.alpha}` : '',
  }
}
