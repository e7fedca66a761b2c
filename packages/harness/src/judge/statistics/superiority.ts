import { combinations } from './combinations.js'
import { bisect } from './normal.js'

/** How often one is better than the other. */
export interface Superiority {
  /** The share of seeds at which the difference is above the margin; a tie counts half. */
  readonly share: number
  /** How many differences are the margin itself. */
  readonly ties: number
  /** The exact (Clopper & Pearson) interval at level 1 − 2α of P(difference > margin); ties widen it both ways. */
  readonly interval: readonly [number, number]
}

/**
 * P(A > B): the probability that the difference of a further seed is above the margin.
 *
 * @example
 * superiority([1, 2, 3, 4, 5], { margin: 0, alpha: 0.05 }) // share 1, interval [0.549, 1]: 0.549⁵ = 0.05
 */
export const superiority = (
  differences: readonly number[],
  { margin, alpha }: { readonly margin: number; readonly alpha: number },
): Superiority => {
  const n = differences.length
  const room = Math.max(...differences.map(Math.abs), Math.abs(margin)) * 1e-12
  const wins = differences.filter((difference) => difference > margin + room).length
  const losses = differences.filter((difference) => difference < margin - room).length
  const ties = n - wins - losses
  return {
    share: (wins + ties / 2) / n,
    ties,
    interval: [lowest(wins, n, alpha), 1 - lowest(losses, n, alpha)],
  }
}

/** The share p for which `k` or more successes of `n` have probability α; 0 for none. */
const lowest = (k: number, n: number, alpha: number): number =>
  k === 0 ? 0 : bisect(atLeast(k, n), alpha, [0, 1])

/** P(X ≥ k) of a binomial X, by its p. */
const atLeast = (k: number, n: number): ((p: number) => number) => {
  const terms = Array.from(
    { length: n - k + 1 },
    (_, i) => [k + i, combinations(n, k + i)] as const,
  )
  return (p) => terms.reduce((sum, [i, ways]) => sum + ways * p ** i * (1 - p) ** (n - i), 0)
}
