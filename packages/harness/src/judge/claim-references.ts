import { leastSeeds, type ClaimVerdict } from './verdict.js'

/** What the runs of another implementation say of a claim, judged as ours are. */
export interface ClaimReference {
  /** As the table's row is headed: `PyTorch`. */
  readonly implementation: string
  /** Its verdict, by the same tests. */
  readonly judged: ClaimVerdict
}

/** Whether they are enough seeds for a verdict. */
export const isEnough = ({ judged }: ClaimReference): boolean => judged.n >= leastSeeds

/** The rule of {@link withReferences}, as reports state it. */
export const claimReferenceRule: string =
  'A claim that ours contradict is contradicted only if the runs of each other implementation on its cells contradict it as ' +
  `well, if there are at least ${leastSeeds} seeds of them; it is inconclusive otherwise.`

/**
 * The verdict on a claim in the light of other implementations' runs of the same recipe on all of its cells (see
 * {@link claimReferenceRule}). A recipe that contradicts the paper in one implementation only says something about that
 * implementation, or about luck.
 */
export const withReferences = (
  ours: ClaimVerdict,
  references: readonly ClaimReference[],
): ClaimVerdict => {
  if (ours.verdict !== 'contradicted') return ours
  const other = references.filter(isEnough).find(({ judged }) => judged.verdict !== 'contradicted')
  if (!other) return ours
  const { implementation, judged } = other
  return {
    ...ours,
    verdict: 'inconclusive',
    reason:
      judged.verdict === 'inconclusive'
        ? `ours contradict it, ${implementation}’s runs of the same recipe do not`
        : `ours contradict it, by ${implementation}’s runs of the same recipe it is ${judged.verdict}: more seeds do not settle that`,
    needed: judged.needed && { ...judged.needed, of: implementation },
  }
}
