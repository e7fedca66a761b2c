/** The slope of the least-squares line through (x, y): Σ(x − x̄)(y − ȳ) / Σ(x − x̄)². */
export const leastSquaresSlope = (x: readonly number[], y: readonly number[]): number => {
  const n = x.length
  const meanX = x.reduce((sum, value) => sum + value, 0) / n
  const meanY = y.reduce((sum, value) => sum + value, 0) / n
  let above = 0
  let below = 0
  for (let i = 0; i < n; i++) {
    above += (x[i]! - meanX) * (y[i]! - meanY)
    below += (x[i]! - meanX) ** 2
  }
  return above / below
}
