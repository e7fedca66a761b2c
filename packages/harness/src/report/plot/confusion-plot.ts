import { s } from 'hastscript'
import type { ReportConfusion } from '../figures.js'
import type { Report } from '../report.js'
import { px, textWidth, titleHeight, type Panel, type Plot } from './plot.js'

/** Classes up to which a matrix is drawn: below three pixels a field nothing is to be seen. */
const mostDrawn = 64

/** The confusion matrices of a report, one panel per net. */
export const confusionPlots = ({ confusion }: Report): readonly Plot[] => {
  const drawn = confusion.filter(
    ({ size, counts }) => size <= mostDrawn && counts.some((n) => n > 0),
  )
  if (drawn.length === 0) return []
  return [
    {
      name: 'confusion',
      title: 'Confusion matrices',
      caption:
        'One row per right class, one column per class that it was taken for; the stronger the color, the larger the field’s share of ' +
        'the row. Counts are summed over seeds.',
      legend: [],
      panels: drawn.map(panel),
    },
  ]
}

const panel = ({ label, classes, size, counts, seeds }: ReportConfusion): Panel => {
  const names = classes ?? Array.from({ length: size }, (_, i) => String(i))
  const labeled = classes !== null || size <= 12
  const left = labeled ? Math.max(20, ...names.map(textWidth)) + 22 : 22
  const field = Math.max(3, Math.min(17, Math.floor(170 / size)))
  const side = field * size
  const top = titleHeight + 4
  const shares = shareOfRow(counts, size)
  const fields = shares.flatMap((share, i) => {
    if (share === 0) return []
    const [row, column] = [Math.floor(i / size), i % size]
    return [
      s(
        'rect',
        {
          class: 'cell',
          x: px(left + column * field),
          y: px(top + row * field),
          width: field,
          height: field,
          fillOpacity: share.toFixed(2),
        },
        [s('title', `${names[row]} taken for ${names[column]}: ${percent(share)}`)],
      ),
    ]
  })
  const right = shares.filter((_, i) => i % (size + 1) === 0)
  const worst = shares
    .map((share, i) => ({ share, row: Math.floor(i / size), column: i % size }))
    .filter(({ row, column }) => row !== column)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ share, row, column }) => `${names[row]} for ${names[column]} (${percent(share)})`)
  return {
    title: label,
    description:
      `${label}: confusion matrix of ${size} classes over ${seeds.length} seeds; recognized between ` +
      `${percent(Math.min(...right))} and ${percent(Math.max(...right))} of a class; most often taken: ${worst.join(', ')}.`,
    width: left + side + 12,
    height: top + side + (labeled && classes === null ? 34 : 22),
    content: [
      s('path', { class: 'grid', d: `M${px(left)},${px(top)}h${side}v${side}h${-side}Z` }),
      s('g', fields),
      ...(labeled
        ? [
            s('g', { class: 'muted', textAnchor: 'end' }, [
              ...names.map((name, i) =>
                s('text', { x: left - 4, y: px(top + (i + 0.5) * field + 4) }, name),
              ),
            ]),
          ]
        : []),
      ...(labeled && classes === null
        ? [
            s('g', { class: 'muted', textAnchor: 'middle' }, [
              ...names.map((name, i) =>
                s('text', { x: px(left + (i + 0.5) * field), y: px(top + side + 13) }, name),
              ),
            ]),
          ]
        : []),
      s(
        'text',
        {
          class: 'muted',
          x: px(left + side / 2),
          y: px(top + side + (labeled && classes === null ? 28 : 15)),
          textAnchor: 'middle',
        },
        'taken for',
      ),
      s(
        'text',
        {
          class: 'muted',
          transform: `translate(11,${px(top + side / 2)}) rotate(-90)`,
          textAnchor: 'middle',
        },
        'right class',
      ),
    ],
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`

/** Each count as a share of its row; 0 in a row without examples. */
const shareOfRow = (counts: readonly number[], size: number): readonly number[] => {
  const sums = Array.from({ length: size }, (_, row) =>
    counts.slice(row * size, (row + 1) * size).reduce((a, b) => a + b, 0),
  )
  return counts.map((count, i) => {
    const sum = sums[Math.floor(i / size)]!
    return sum === 0 ? 0 : count / sum
  })
}
