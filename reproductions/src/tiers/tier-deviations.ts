import type { JsonObject } from '@retable/core'
import type { Deviation, Tier } from '@retable/harness'

/** A deviation in words, of one tier. */
type Worded = Omit<Deviation, 'when'>

/**
 * A deviation worded for each tier from the tier's own settings, so that no number is written twice. `word` gives none for a
 * tier that does not differ. If settings were changed, which a report names, the sentence says that they go before it.
 */
export const inEachTier = <S extends JsonObject>(
  tiers: readonly Tier<S>[],
  word: (settings: S) => Worded | undefined,
): readonly Deviation<S>[] =>
  tiers.flatMap(({ name, settings: own }): readonly Deviation<S>[] => {
    const worded = word(own)
    if (!worded) return []
    const isOwn = (settings: S) => JSON.stringify(settings) === JSON.stringify(own)
    return [
      { ...worded, when: ({ tier, settings }) => tier.name === name && isOwn(settings) },
      {
        ...worded,
        what: `but for the settings that were changed: ${worded.what}`,
        when: ({ tier, settings }) => tier.name === name && !isOwn(settings),
      },
    ]
  })

/** A whole number with its thousands apart: `370,000`. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

/** How well so many test images measure an error. */
export const uncertainty = (images: number): string =>
  `an error of 20% is uncertain by ${(200 * Math.sqrt(0.16 / images)).toFixed(1)} percentage points (two standard errors)`

/** A test on the first images only, if it is one; of all tables but those of crops. */
export const testedOn = ({
  testLimit,
  testImages,
}: {
  readonly testLimit: number
  readonly testImages: number
}): Worded | undefined =>
  testLimit === 0
    ? undefined
    : {
        what: `nets are tested on the first ${grouped(testLimit)} of ${grouped(testImages)} test images`,
        why: 'a table in minutes',
        effect: `${uncertainty(testLimit)}; nets of one seed are compared on the same images`,
      }

/** How the reduced tiers of both papers learn. */
export const cosineWords = ({
  updates,
  batchSize,
  learningRate,
  clipNorm,
}: {
  readonly updates: number
  readonly batchSize: number
  readonly learningRate: number
  readonly clipNorm: number | null
}): string =>
  `${grouped(updates)} updates of ${batchSize} images; the learning rate rises to ${learningRate} over a tenth of them and then falls along a cosine; gradients are scaled down to a norm of ${clipNorm}`
