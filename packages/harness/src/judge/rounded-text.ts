/**
 * A number with so many decimals, a half away from zero: what reports print, less the commas between thousands, and what
 * two numbers are compared by at a paper's precision. What rounds to 0 has no sign.
 *
 * It rounds the number as it is written in decimals: 9.35 is 9.4, though the nearest floating-point number is below 9.35.
 *
 * @example
 * roundedText(9.35, 1) // '9.4'
 */
export const roundedText = (
  value: number,
  digits: number,
  options: Intl.NumberFormatOptions = { useGrouping: false },
): string =>
  value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative',
    ...options,
  })
