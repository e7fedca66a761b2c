import { fileNameOf, ownValue } from '@retable/core/host'
import type { CurveName } from '@retable/core/host'
import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import type { Element } from 'hast'
import { s } from 'hastscript'
import type { ReportCurves } from '../figures.js'
import type { Report } from '../report.js'
import { axes, type Frame } from './axes.js'
import { px, seriesNumber, titleHeight, type LegendEntry, type Panel, type Plot } from './plot.js'
import { curveNames, spread, type Line, type Spread } from './spread.js'

/** What the numbers of a curve are called, if that is not their name in it. */
const known = {
  loss: {
    y: 'loss',
    lines: { trainLoss: 'training', validationLoss: 'validation' },
  },
  top1: {
    y: 'top-1 error, %',
    lines: { trainTop1: 'training', validationTop1: 'validation' },
  },
  top5: {
    y: 'top-5 error, %',
    lines: { validationTop5: 'validation' },
  },
} as const satisfies Readonly<
  Record<string, { readonly y: string; readonly lines: Partial<Record<CurveName, string>> }>
>

/** Names of a curve's points that say where, and not what. */
const places: readonly string[] = ['step', 'epoch', 'learningRate'] satisfies CurveName[]

interface Drawn {
  readonly name: string
  readonly title: string
  readonly y: string
  /** Names in the points, with what they are called. */
  readonly lines: Readonly<Record<string, string>>
}

/**
 * The learning curves of a report: for a figure of the paper, the nets together as the figure has them; otherwise
 * for each measure one panel per net. In each, a thin line per seed, and over two seeds or more their mean and a band
 * from the least to the greatest.
 */
export const curvePlots = (report: Report): readonly Plot[] => {
  const { figure, curves } = report
  if (curves.length === 0) return []
  if (figure) {
    const drawn = curves.filter(
      ({ cells }) => !figure.cells || cells.some((cell) => figure.cells!.includes(cell)),
    )
    return drawn.length === 0 ? [] : [together(drawn, report)]
  }
  const names = curveNames(curves)
  const x = names.has('epoch') ? 'epoch' : 'step'
  return measures(names).map((drawn) => apart(drawn, x, curves))
}

const measures = (names: ReadonlySet<string>): readonly Drawn[] => {
  const groups = Object.entries(known).flatMap(([name, group]): readonly Drawn[] => {
    const lines = Object.fromEntries(Object.entries(group.lines).filter(([of]) => names.has(of)))
    const [only, ...others] = Object.values(lines)
    if (only === undefined) return []
    if (others.length > 0) return [{ name, title: group.y, y: group.y, lines }]
    // One line needs no legend, and says in its title what it is.
    return [{ name, title: `${only} ${group.y}`, y: `${only} ${group.y}`, lines }]
  })
  const grouped = new Set([...places, ...groups.flatMap(({ lines }) => Object.keys(lines))])
  const others = [...names].filter((name) => !grouped.has(name))
  return [
    ...groups,
    ...others.map((name) => ({ name, title: name, y: name, lines: { [name]: name } })),
  ]
}

const reading =
  'A thin line a seed; with several seeds, a thick line of their mean and a band from least to greatest.'

const apart = (drawn: Drawn, x: string, curves: readonly ReportCurves[]): Plot => {
  const labels = Object.entries(drawn.lines)
  const nets = curves.map((net) => ({
    net,
    lines: labels.map(([name, label], series) => ({
      label,
      series,
      spread: spread(net.seeds, x, name),
    })),
  }))
  const domains = domainsOf(nets.flatMap(({ lines }) => lines.map((one) => one.spread)))
  return {
    name: fileNameOf(`curves-${drawn.name}`),
    title: `Learning curves: ${drawn.title}`,
    caption: reading,
    legend: labels.length > 1 ? labels.map(([, label], series) => ({ label, series })) : [],
    panels: nets.map(({ net, lines }) => ({
      title: net.label,
      description: describe(net.label, drawn.y, x, lines),
      ...box(264, 186, lines, domains, x, drawn.y),
    })),
  }
}

const together = (curves: readonly ReportCurves[], report: Report): Plot => {
  const { x, y, level } = report.figure!
  const lines = curves.map((net, i) => ({
    label: net.label,
    series: seriesNumber(i),
    spread: spread(net.seeds, x, y),
  }))
  const place = report.source.figure ?? report.title
  const label = yLabel(y)
  return {
    name: 'curves',
    title: `${place}: ${label} over ${x}s, ours`,
    caption: reading + (level === undefined ? '' : ` The dashed line is at ${level}.`),
    legend: lines.map(({ label, series }): LegendEntry => ({ label, series })),
    panels: [
      {
        title: '',
        description: describe('', label, x, lines),
        ...box(
          420,
          300,
          lines,
          domainsOf(
            lines.map((one) => one.spread),
            level,
          ),
          x,
          label,
          level,
        ),
      },
    ],
  }
}

const yLabel = (name: string): string => {
  for (const { lines, y } of Object.values(known)) {
    const called = ownValue<string>(lines, name)
    if (called !== undefined) return `${called} ${y}`
  }
  return name
}

interface DrawnLine extends LegendEntry {
  readonly spread: Spread
}

interface Domains {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
}

const domainsOf = (spreads: readonly Spread[], level?: number): Domains => {
  const points = spreads.flatMap(({ runs }) => runs.flatMap(({ points }) => points))
  const ys = [...points.map((point) => point.y), ...(level === undefined ? [] : [level])]
  const [low, high] = ends(ys)
  return {
    x: [0, ends(points.map((point) => point.x))[1]],
    // From zero if that costs less than half of the height.
    y: [low > 0 && low < high / 2 ? 0 : low, high],
  }
}

const ends = (values: readonly number[]): readonly [number, number] =>
  values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  )

const box = (
  width: number,
  height: number,
  lines: readonly DrawnLine[],
  domains: Domains,
  xLabel: string,
  yLabel: string,
  level?: number,
): Pick<Panel, 'width' | 'height' | 'content'> => {
  const frame: Frame = { left: 46, right: width - 10, top: titleHeight + 4, bottom: height - 36 }
  const x = scaleLinear(domains.x, [frame.left, frame.right])
  const y = scaleLinear(domains.y, [frame.bottom, frame.top]).nice(5)
  const path = line<Line['points'][number]>()
    .x((point) => x(point.x))
    .y((point) => y(point.y))
    .digits(1)
  const ribbon = area<Spread['band'][number]>()
    .x((point) => x(point.x))
    .y0((point) => y(point.low))
    .y1((point) => y(point.high))
    .digits(1)
  const mark: readonly Element[] =
    level === undefined
      ? []
      : [s('path', { class: 'mark', d: `M${px(frame.left)},${px(y(level))}H${px(frame.right)}` })]
  return {
    width,
    height,
    content: [
      ...axes({ x, y, frame, xLabel, yLabel }),
      ...mark,
      ...lines.map(({ series, spread: { runs, band } }) =>
        s('g', { class: `s${series}` }, [
          ...(band.length > 1 ? [s('path', { class: 'area band', d: ribbon([...band])! })] : []),
          ...runs.map(({ points }) =>
            s('path', {
              class: band.length > 1 ? 'line run' : 'line mean',
              d: path([...points])!,
            }),
          ),
          ...(band.length > 1
            ? [
                s('path', {
                  class: 'line mean average',
                  d: path(band.map((point) => ({ x: point.x, y: point.mean })))!,
                }),
              ]
            : []),
        ]),
      ),
    ],
  }
}

const describe = (net: string, measure: string, x: string, lines: readonly DrawnLine[]): string => {
  const parts = lines.flatMap(({ label, spread: { runs } }) => {
    const starts = runs.map(({ points }) => points[0]!.y)
    const finals = runs.map(({ points }) => points.at(-1)!.y)
    if (runs.length === 0) return []
    const range = (values: readonly number[]) => {
      const [low, high] = ends(values).map((value) => value.toPrecision(3))
      return low === high ? low : `${low} to ${high}`
    }
    return [`${label}: from ${range(starts)} to ${range(finals)} over ${runs.length} seeds`]
  })
  return `${net === '' ? '' : `${net}, `}${measure} by ${x}; ${parts.join('; ')}.`
}
