/**
 * The 95% Wilson score interval of a share: the true shares p whose |k/n − p| is at most z·√(p(1 − p)/n), z = 1.96.
 *
 * `wrong` of `count` in percent, lower and upper end.
 */
export const errorInterval = (wrong: number, count: number): readonly [number, number] => {
  const z = 1.959963984540054
  const share = wrong / count
  const scale = 1 + (z * z) / count
  const middle = (share + (z * z) / (2 * count)) / scale
  const half =
    (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))
  return [100 * Math.max(0, middle - half), 100 * Math.min(1, middle + half)]
}

/** The 95% interval of the mean of a population: ±1.96 standard errors around that of the values. Null for one value. */
export const meanInterval = (values: ArrayLike<number>): readonly [number, number] | null => {
  const n = values.length
  if (n < 2) return null
  const all = Array.from(values)
  const mean = all.reduce((a, b) => a + b, 0) / n
  const squares = all.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  const half = 1.959963984540054 * Math.sqrt(squares / (n - 1) / n)
  return [mean - half, mean + half]
}
