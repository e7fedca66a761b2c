/** In how many ways k of n can be chosen. */
export const combinations = (n: number, k: number): number => {
  let ways = 1
  for (let i = 1; i <= k; i++) ways *= (n - k + i) / i
  return ways
}
