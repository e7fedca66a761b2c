/** The exponent of y in x over the upper half of a range of points, each with its `at`: 1 is linear. */
export const growth = (points, y) => {
  const [from, to] = [points[(points.length - 1) >> 1], points.at(-1)]
  return Math.log(y(to) / y(from)) / Math.log(to.at / from.at)
}
