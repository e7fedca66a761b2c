import { RetableError } from '@retable/core'
import type { Transform } from '../image.js'

/** The transform of a spec; undefined of undefined. */
export const transformOf = async (spec: unknown): Promise<Transform | undefined> => {
  if (spec === undefined) return undefined
  const transforms = (await import('@retable/transforms')) as unknown as {
    readonly transformFromSpec?: (spec: unknown) => Transform
  }
  if (transforms.transformFromSpec === undefined) {
    throw new RetableError(
      'unavailable',
      'this version of @retable/transforms has no transformFromSpec',
    )
  }
  return transforms.transformFromSpec(spec)
}
