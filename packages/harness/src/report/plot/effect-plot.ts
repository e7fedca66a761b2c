import { scaleLinear } from 'd3-scale'
import type { Element } from 'hast'
import { s } from 'hastscript'
import type { ClaimVerdict, EffectThreshold } from '../../judge/verdict.js'
import { claimEvidence, verdictText } from '../text/claim-text.js'
import type { Report } from '../report.js'
import { px, titleHeight, wrapText, type Panel, type Plot } from './plot.js'

interface Row {
  readonly label: string
  readonly claim: ClaimVerdict & { readonly against: EffectThreshold; readonly effect: number }
}

/**
 * The effects that the claims are decided by, with their intervals and the side on which the claim holds. Empty
 * if nothing was tested: counts, or no results.
 */
export const effectPlots = (report: Report): readonly Plot[] => {
  const rows = report.claims.flatMap((claim) => rowsOf(claim, claim.text))
  if (rows.length === 0) return []
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const { scale, unit } = row.claim.against
    const title = [scaleTitles[scale], unit].filter(Boolean).join(', ')
    groups.set(title, [...(groups.get(title) ?? []), row])
  }
  const levels = [...new Set(rows.flatMap(({ claim }) => claim.level ?? []))]
  const level =
    levels.length === 1
      ? `${Number(((1 - 2 * levels[0]!) * 100).toFixed(1))}% interval`
      : 'interval'
  return [
    {
      name: 'effects',
      title: 'Effects behind the claims',
      caption:
        `A point is the mean over seeds, a bar the t-test’s ${level} (none with one seed). The shaded side is where the ` +
        'claim holds: the t-test supports it if the whole bar is in the shade, and contradicts it if none of it is. The verdict ' +
        'beside it also takes the sign-flip test, five seeds, and the runs of other implementations. Parts of one claim are ' +
        'decided together.',
      legend: [],
      panels: [...groups].map(([title, group]) => panel(title, group, report)),
    },
  ]
}

const scaleTitles: Readonly<Record<EffectThreshold['scale'], string>> = {
  gain: 'Gain, better to the right',
  slope: 'Slope, better to the right',
  ratio: 'Ratio',
}

const rowsOf = (claim: ClaimVerdict, text: string): readonly Row[] => {
  if (claim.parts.length > 0) return claim.parts.flatMap((part) => rowsOf(part, `${text}:`))
  const { against, effect } = claim
  if (against === null || effect === null) return []
  const label = text.endsWith(':') ? `${text} ${claim.effectUnit}` : text
  return [{ label, claim: { ...claim, against, effect } }]
}

const width = 420
const [left, right] = [10, width - 10]
const lineHeight = 14
const barHeight = 20

const panel = (title: string, rows: readonly Row[], report: Report): Panel => {
  const values = rows.flatMap(({ claim }) => [
    ...(claim.interval ?? []),
    claim.effect,
    claim.against.value,
    claim.against.scale === 'ratio' ? 1 : 0,
  ])
  // Some room on both sides, so that the claimed side is seen if no effect lies on it.
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = (high - low || 1) / 10
  const x = scaleLinear([low - room, high + room], [left, right])
  let y = titleHeight + 4
  const drawn = rows.map(({ label, claim }) => {
    const lines = wrapText(label, width - 110)
    const top = y
    const middle = top + lines.length * lineHeight + barHeight / 2
    y = middle + barHeight / 2 + 8
    return s('g', { class: 'effect' }, [
      ...lines.map((line, i) => s('text', { x: left, y: px(top + 11 + i * lineHeight) }, line)),
      s(
        'text',
        { class: claim.verdict, x: right, y: px(top + 11), textAnchor: 'end' },
        verdictText(claim),
      ),
      ...bar(claim, x, middle),
    ])
  })
  const bottom = y
  return {
    title,
    description: rows
      .map(({ label, claim }) => `${label}: ${claim.verdict}, ${claimEvidence(claim, report)}.`)
      .join(' '),
    width,
    height: bottom + 22,
    content: [
      ...drawn,
      s('path', {
        class: 'grid',
        d: [
          `M${left},${px(bottom)}H${right}`,
          ...x.ticks(6).map((tick) => `M${px(x(tick))},${px(bottom)}v4`),
        ].join(''),
      }),
      s('g', { class: 'muted', textAnchor: 'middle' }, [
        ...x
          .ticks(6)
          .map((tick) => s('text', { x: px(x(tick)), y: px(bottom + 16) }, x.tickFormat(6)(tick))),
      ]),
    ],
  }
}

const bar = (
  { against, effect, interval, verdict }: Row['claim'],
  x: (value: number) => number,
  middle: number,
): readonly Element[] => {
  const edge = x(against.value)
  const [from, to] = against.side === 'greater' ? [edge, right] : [left, edge]
  const half = barHeight / 2
  return [
    s('rect', {
      class: 'claimed',
      x: px(from),
      y: px(middle - half),
      width: px(to - from),
      height: barHeight,
    }),
    s('path', { class: 'mark', d: `M${px(edge)},${px(middle - half)}v${barHeight}` }),
    s('g', { class: verdict }, [
      ...(interval
        ? [
            s('path', {
              class: 'interval',
              strokeWidth: 2,
              d: interval
                .map((end, i) => `${i === 0 ? 'M' : 'L'}${px(x(end))},${px(middle)}`)
                .join(''),
            }),
          ]
        : []),
      s('circle', { cx: px(x(effect)), cy: px(middle), r: 4 }),
    ]),
  ]
}
