import type { Random } from '@retable/core'
import { randomSplit, subset } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'

/** The first `limit` examples; all of them where it is null or more than there are. */
export const limited = (dataset: Dataset, limit: number | null): Dataset =>
  limit === null || limit >= dataset.length
    ? dataset
    : subset(
        dataset,
        Uint32Array.from({ length: limit }, (_, i) => i),
      )

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
