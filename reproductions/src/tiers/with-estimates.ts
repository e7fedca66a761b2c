import type { Tier, TierName } from '@retable/harness'

/** Tiers as several tables share them: all but how long each table takes. */
export type SharedTiers<S extends Tier['settings']> = Readonly<
  Record<TierName, Omit<Tier<S>, 'estimate'>>
>

/** The tiers of one of the tables that share them. */
export const withEstimates = <S extends Tier['settings']>(
  tiers: SharedTiers<S>,
  estimates: Readonly<Record<TierName, string>>,
): Readonly<Record<TierName, Tier<S>>> => ({
  synthetic: { ...tiers.synthetic, estimate: estimates.synthetic },
  cifar10: { ...tiers.cifar10, estimate: estimates.cifar10 },
  imagenet: { ...tiers.imagenet, estimate: estimates.imagenet },
})
