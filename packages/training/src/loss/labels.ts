import { RetableError } from '@retable/core'

/**
 * Checks that every label is a class.
 *
 * @throws RetableError `invalid-argument`, naming the first bad label and its place.
 */
export const checkLabels = (
  labels: ArrayLike<number>,
  classes: number,
  where: (i: number) => string = (i) => `label ${i}`,
): void => {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RetableError(
        'invalid-argument',
        `${where(i)} is ${label}, expected an integer from 0 to ${classes - 1}, as the net has ${classes} classes`,
      )
    }
  }
}
