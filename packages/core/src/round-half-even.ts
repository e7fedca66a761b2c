/**
 * To the nearest integer, of two as near the even one: Python's `round`, by which torchvision places its crops.
 *
 * @example
 * roundHalfEven(2.5) // 2
 */
export const roundHalfEven = (x: number): number => {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}
