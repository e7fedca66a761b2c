// What came of a table's tiers, in the words of a Markdown cell.
import {
  leastSeeds,
  seedCount,
  stateOf as summedUp,
  talliedText,
  verdictText,
} from '@retable/harness'

/** Markdown's special characters in a cell. */
export const inCell = (text) =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('{{', '{ {')

/** `cifar10`, or `cifar10 at --steps 420` for other settings than the tier's own. */
export const tierOf = ({ tier, at }) =>
  [tier ?? 'every tier', at && `at ${inCode(at)}`].filter(Boolean).join(' ')

const inCode = (text) => `\`${text}\``

const madeOf = ({ report }) => report.cells.filter(({ state }) => state === 'made').length

/** Why a claim is open, and the seeds that would decide it: `(neither direction has p < 0.05; about 12 seeds)`. */
const whyOpen = ({ reason, needed }) => {
  // Which test is for it and which is not stands on the table's page.
  const short = reason.replace(/^(the tests disagree):.*/, '$1')
  if (!needed?.observed) return ` (${short})`
  const whose = needed.of === undefined ? '' : ` of ${needed.of}’s`
  return ` (${short}; ${seedCount(needed.observed)}${whose} would decide it)`
}

/** Who else's runs contradict a claim: ` (by PyTorch too)`, ` (by ours only)`. */
const judgedBy = (claim) => {
  const names = claim.references
    .filter(({ judged }) => judged.verdict === 'contradicted')
    .map(({ implementation }) => implementation)
  return names.length > 0
    ? ` (by ${names.join(' and ')} too)`
    : verdictText(claim).slice(claim.verdict.length)
}

/** The claims by what came of them, a line per verdict, and one with its reason per claim that is open. */
const claimsLines = (claims) => [
  ...['supported', 'contradicted', 'equivalent', 'no data', 'not run'].flatMap((verdict) => {
    const names = claims
      .filter((claim) => claim.verdict === verdict)
      .map((claim) => `${claim.id}${verdict === 'contradicted' ? judgedBy(claim) : ''}`)
    return names.length === 0 ? [] : [`${names.length} ${verdict}: ${names.join(', ')}`]
  }),
  ...claims
    .filter(({ verdict }) => verdict === 'inconclusive')
    .map((claim) => inCell(`open: ${claim.id}${whyOpen(claim)}`)),
]

/**
 * What came of a tier, in lines of a table's cell: the seeds, the numbers compared with the paper's and with other
 * implementations', the claims by their verdicts and why the open ones are open; of counts only how many.
 */
export const stateOf = (one) => {
  const { numbers, claims, references, seeds } = summedUp(one.report)
  if (one.tier === undefined) return `counted: ${talliedText(claims)}`
  const parts = [
    talliedText(numbers) && `numbers: ${talliedText(numbers)}`,
    ...claimsLines(one.report.claims),
    ...Object.entries(references).map(
      ([name, verdicts]) => talliedText(verdicts) && `against ${name}: ${talliedText(verdicts)}`,
    ),
  ].filter(Boolean)
  const scale = `${tierOf(one)}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`
  return parts.length > 0 ? [scale, ...parts].join('<br>') : `${scale}: made, without claims`
}

/**
 * The states of a table's tiers, a line each; those without results share one.
 *
 * @param {readonly { tier?: string, at: string, report: object }[]} reports
 * @returns {readonly string[]}
 */
export const statesOf = (reports) => {
  const run = reports.filter((one) => madeOf(one) > 0)
  const others = reports.filter((one) => madeOf(one) === 0).map(({ tier }) => inCode(tier))
  if (run.length === 0) return ['not run']
  return [...run.map(stateOf), ...(others.length > 0 ? [`not run: ${others.join(', ')}`] : [])]
}

/** Whether the seeds of a tier are enough for a verdict on a claim, if the table has claims. */
const isJudged = ({ tier, report: { claims } }) =>
  claims.length === 0 || claims.some(({ n }) => n >= (tier === undefined ? 1 : leastSeeds))

/** Whether the results of a tier say something of a claim. */
const isBegun = ({ report: { claims } }) => claims.some(({ n }) => n > 0)

/**
 * The report of the largest tier with enough seeds to judge a claim; tiers are listed the quickest first. A tier with one seed, or
 * with only those cells that another table shares, hides no verdict of a smaller one.
 */
export const largestRun = (id, { reports }) => {
  const run = reports.filter((one) => one.id === id && madeOf(one) > 0)
  return run.filter(isJudged).at(-1) ?? run.filter(isBegun).at(-1) ?? run.at(-1)
}
