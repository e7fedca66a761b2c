import type { Random } from '@retable/core'
import { randomSplit, subset } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'

/** Whether examples come class by class, as ImageNet's training images do; sets that give no label cheaply are not asked. */
const isSortedByClass = (dataset: Dataset): boolean => {
  if (!dataset.labelAt) return false
  for (let i = 1; i < dataset.length; i++) {
    if (dataset.labelAt(i) < dataset.labelAt(i - 1)) return false
  }
  return true
}

/**
 * `limit` examples; all of them if it is null or more than there are. The first ones, but of a set that is sorted by
 * class as many steps apart, so that every class keeps its share.
 */
export const limited = (dataset: Dataset, limit: number | null): Dataset => {
  const { length } = dataset
  if (limit === null || limit >= length) return dataset
  const step = isSortedByClass(dataset) ? length / limit : 1
  return subset(
    dataset,
    Uint32Array.from({ length: limit }, (_, i) => Math.floor(i * step)),
  )
}

/** Training and validation parts: a share held out at random, or no validation. */
export const heldOut = (
  dataset: Dataset,
  share: number,
  random: Random,
): { readonly train: Dataset; readonly validation: Dataset | undefined } => {
  if (share === 0) return { train: dataset, validation: undefined }
  const held = Math.max(1, Math.round(dataset.length * share))
  const [train, validation] = randomSplit(dataset, [dataset.length - held, held], random)
  return { train: train!, validation: validation! }
}
