import { RetableError } from '@retable/core'

/**
 * A layer's width in a reduced net: width·scale rounded to the nearest multiple of `multiple` (half up), and
 * at least `multiple`. Grouped nets pass their number of groups, so that each group keeps whole channels.
 *
 * @throws RetableError `invalid-argument` unless `scale` is a finite number above 0.
 */
export const scaleWidth = (width: number, scale: number, multiple = 1): number => {
  if (!Number.isFinite(scale) || scale <= 0) {
    throw new RetableError(
      'invalid-argument',
      `widthScale is a finite number above 0 (1 is the paper's width), found ${scale}`,
    )
  }
  return Math.max(multiple, Math.round((width * scale) / multiple) * multiple)
}
