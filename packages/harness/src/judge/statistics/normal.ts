/**
 * P(Z ≤ z) for the standard normal distribution, to about 1e-15 of its value: the series of Abramowitz & Stegun 26.2.11
 * near zero, Lentz's continued fraction for the tail (26.2.14) beyond.
 *
 * @example
 * normalCdf(1.6448536269514722) // 0.95
 */
export const normalCdf = (z: number): number => {
  if (Number.isNaN(z)) return NaN
  const x = Math.abs(z)
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  if (x < 3) {
    let term = x
    let sum = x
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (x * x) / (2 * n + 1)
      sum += term
    }
    return z >= 0 ? 0.5 + density * sum : 0.5 - density * sum
  }
  let fraction = x
  for (let n = 200; n > 0; n--) fraction = x + n / fraction
  const tail = density / fraction
  return z >= 0 ? 1 - tail : tail
}

/** ln Γ(n / 2) for a whole n of at least 1, by Γ(x + 1) = x Γ(x). */
export const logGammaOfHalf = (n: number): number => {
  let sum = n % 2 === 0 ? 0 : Math.log(Math.PI) / 2
  for (let k = n - 2; k >= 1; k -= 2) sum += Math.log(k / 2)
  return sum
}

/** ∫ f from a to b by Simpson's rule over so many (even) intervals. */
export const integrate = (
  f: (x: number) => number,
  [a, b]: readonly [number, number],
  intervals: number,
): number => {
  const step = (b - a) / intervals
  let sum = f(a) + f(b)
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 1 ? 4 : 2) * f(a + i * step)
  return (sum * step) / 3
}

/** The x between `low` and `high` at which an increasing function reaches `value`, by bisection. */
export const bisect = (
  f: (x: number) => number,
  value: number,
  [low, high]: readonly [number, number],
  halvings = 60,
): number => {
  let [a, b] = [low, high]
  for (let i = 0; i < halvings; i++) {
    const middle = (a + b) / 2
    if (f(middle) < value) a = middle
    else b = middle
  }
  return (a + b) / 2
}

/** The z with P(Z ≤ z) = p, for p from 1e-15 to 1 − 1e-15. */
export const normalQuantile = (p: number): number => bisect(normalCdf, p, [-8, 8])
