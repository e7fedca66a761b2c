import { modelFromSpec } from '@retable/models'
import type { ModelSpec } from '@retable/models'

const counted = new Map<string, number>()

/** Multiply-adds of one image through the net, for estimates. */
export const multiplyAdds = (net: ModelSpec): number => {
  const name = JSON.stringify(net)
  const known = counted.get(name) ?? modelFromSpec(net).summary().totals.multiplyAdds
  counted.set(name, known)
  return known
}
