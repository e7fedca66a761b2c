import { pairedTest } from './paired-t.js'
import { signFlipTest } from './sign-flip.js'

/** Whether a mean difference lies within ± a margin. */
export interface Equivalence {
  readonly margin: number
  /** The larger p of the two one-sided t-tests: mean > −margin and mean < margin. */
  readonly p: number
  /** The same by the exact sign-flip test. */
  readonly pSignFlip: number
  /** Whether both are below α. */
  readonly equivalent: boolean
}

/**
 * Equivalence by two one-sided tests (Schuirmann 1987), by the t-test and by the exact sign-flip test. Absence of a
 * significant difference is not equivalence; this is.
 *
 * Undefined if the t-test does not apply: fewer than two differences, or no spread among them.
 *
 * @example
 * equivalenceTest([0.1, -0.1, 0.2, 0, -0.2], { margin: 0.5, alpha: 0.05 }) // p = 0.0011: equivalent
 */
export const equivalenceTest = (
  differences: readonly number[],
  { margin, alpha }: { readonly margin: number; readonly alpha: number },
): Equivalence | undefined => {
  const above = pairedTest(differences, { margin: -margin, alpha })
  const below = pairedTest(differences, { margin, alpha })
  if (!above || !below) return undefined
  const p = Math.max(above.pGreater, below.pLess)
  const pSignFlip = Math.max(
    signFlipTest(differences, { margin: -margin }).pGreater,
    signFlipTest(differences, { margin }).pLess,
  )
  return { margin, p, pSignFlip, equivalent: p < alpha && pSignFlip < alpha }
}
