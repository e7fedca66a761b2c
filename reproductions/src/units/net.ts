import { modelFromSpec } from '@retable/models'
import type { ModelSpec, Summary } from '@retable/models'

const summaries = new Map<string, Summary>()

/** A net's layers with their costs; made once per net. */
export const summaryOf = (net: ModelSpec): Summary => {
  const name = JSON.stringify(net)
  const known = summaries.get(name) ?? modelFromSpec(net).summary()
  summaries.set(name, known)
  return known
}

/** Multiply-adds of one image through the net, for estimates. */
export const multiplyAdds = (net: ModelSpec): number => summaryOf(net).totals.multiplyAdds
