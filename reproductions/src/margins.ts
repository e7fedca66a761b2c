import type { EquivalenceMargin } from '@retable/harness'

/** Two nets differ by nothing that counts if their errors differ by less than half of what the paper found. */
export const halfOf = (points: number): EquivalenceMargin => ({
  within: points / 2,
  why: `half of the paper’s ${points} percentage points`,
})

/** How far another implementation's nets may err from ours, in the reduced tiers of both papers. */
export const sameNet: EquivalenceMargin = {
  within: 2,
  why: 'half of what a wrong rate costs: VGG’s D on CIFAR-10 errs 4 percentage points more at 0.03 than at 0.06',
}
