import { roundedText } from '../../judge/rounded-text.js'
import type { ReportNumbers } from '../report.js'

/** Printed if the paper, or a run of ours, has no number. */
export const noNumber = '–'

/** `29.6` with the metric's decimals; thousands separated for counts. What rounds to 0 has no sign. */
export const formatNumber = (
  value: number,
  digits = 1,
  signDisplay: 'negative' | 'exceptZero' = 'negative',
): string => roundedText(value, digits, { signDisplay })

/**
 * `31.2 ± 0.4 (3)`: mean, standard deviation and number of seeds; `31.2 (1)` for one; `31.2` for a count; `–` for a cell
 * that was run and has no such number; `not run`.
 */
export const formatOurs = (
  { n, mean, sd }: Pick<ReportNumbers, 'n' | 'mean' | 'sd'>,
  digits: number | undefined,
  { exact, wasRun }: { readonly exact: boolean; readonly wasRun: boolean },
): string => {
  if (mean === null) return wasRun ? noNumber : 'not run'
  const value = formatNumber(mean, digits)
  if (exact) return value
  return sd === null ? `${value} (${n})` : `${value} ± ${formatNumber(sd, digits)} (${n})`
}

/** `p = 0.031`, `p < 0.0001`; with as many digits as show on which side of `alpha` it is: `p = 0.04997`. */
export const formatP = (p: number, alpha = 0.05): string => {
  if (p < 0.0001 && alpha > 0.0001) return 'p < 0.0001'
  for (let digits = p < 0.01 ? 4 : 3; digits < 17; digits++) {
    const text = roundedText(p, digits)
    if (Number(text) < alpha === p < alpha && (Number(text) !== alpha || p === alpha)) {
      return `p = ${text}`
    }
  }
  return `p = ${p}`
}

/** `532 MB`, `1.4 GB`, `12 kB`: powers of 1000. */
export const formatBytes = (bytes: number): string => {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `1 result`, `3 results`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** The text with a full stop, if it has none. */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
