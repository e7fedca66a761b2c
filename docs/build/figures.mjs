// The drawings of "What the verdicts mean", computed with the harness's own Student t, and of the benchmarks' newest curves: node
// docs/build/figures.mjs writes them to docs/figures. Colors come from the reader's scheme, light or dark.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRecords } from '../../tools/bench/record.mjs'
import { studentQuantile } from '../../packages/harness/dist/judge/statistics/student-t.js'

const docs = join(import.meta.dirname, '..')

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #3c3c43 }
.axis { stroke: #8e8e93; fill: none }
.mark { fill: #3a5ccc } .line { stroke: #3a5ccc; fill: none; stroke-width: 2 }
.other { fill: #b25000 } .line.other { stroke: #b25000; fill: none; stroke-dasharray: 6 3 }
.supported { fill: #18794e } .contradicted { fill: #b8272c } .inconclusive { fill: #67676c }
@media (prefers-color-scheme: dark) {
  text { fill: #dfdfd6 } .mark { fill: #a8b1ff } .line { stroke: #a8b1ff }
  .other { fill: #ffb270 } .line.other { stroke: #ffb270 }
  .supported { fill: #3dd68c } .contradicted { fill: #f66f81 } .inconclusive { fill: #a0a0a8 }
}
</style>`

const svg = (width, height, title, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${title}</title>${style}${body}</svg>\n`

const round = (x) => Math.round(x * 10) / 10

/** Mean, half width of the two-sided 90% interval, and verdict of paired differences. */
const judged = (differences) => {
  const n = differences.length
  const mean = differences.reduce((a, b) => a + b, 0) / n
  const s = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1))
  const half = (studentQuantile(0.95, n - 1) * s) / Math.sqrt(n)
  const verdict = mean - half > 0 ? 'supported' : mean + half < 0 ? 'contradicted' : 'inconclusive'
  return { mean, half, verdict }
}

const verdictsFigure = () => {
  const samples = [
    [0.6, 1.1, 1.4, 1.9, 2.3],
    [-2.2, -1.5, -1.3, -0.8, -0.4],
    [-1.3, -0.2, 0.5, 1.1, 2.2],
  ]
  const x = (value) => round(110 + ((value + 3) / 6) * 350)
  const rows = samples.map((differences, i) => {
    const y = 40 + i * 46
    const { mean, half, verdict } = judged(differences)
    const dots = differences.map(
      (d) => `<circle cx="${x(d)}" cy="${y}" r="3.5" class="mark" opacity=".55"/>`,
    )
    return [
      `<path class="line" d="M${x(mean - half)} ${y + 14}H${x(mean + half)}M${x(mean - half)} ${y + 9}v10M${x(mean + half)} ${y + 9}v10"/>`,
      `<circle cx="${x(mean)}" cy="${y + 14}" r="5" class="mark"/>`,
      ...dots,
      `<text x="4" y="${y + 12}" class="${verdict}">${verdict}</text>`,
    ].join('')
  })
  const ticks = [-3, -2, -1, 0, 1, 2, 3].map(
    (t) =>
      `<path class="axis" d="M${x(t)} 176v5"/><text x="${x(t)}" y="196" text-anchor="middle">${t > 0 ? '+' : ''}${t}</text>`,
  )
  return svg(
    480,
    222,
    'Five paired differences, their mean and its 90% interval, in three cases',
    `<path class="axis" d="M${x(-3)} 176H${x(3)}"/><path class="axis" stroke-dasharray="3 3" d="M${x(0)} 22V176"/>${rows.join('')}${ticks.join('')}<text x="${x(0)}" y="216" text-anchor="middle">gain in percentage points: seeds, mean, 90% interval</text>`,
  )
}

/** The least mean difference, in standard deviations, with which a one-sided paired t test at 0.05 decides. */
const needed = (n) => studentQuantile(0.95, n - 1) / Math.sqrt(n)

const seedsFigure = () => {
  const from = 3
  const to = 20
  const x = (n) => round(60 + ((n - from) / (to - from)) * 400)
  const y = (value) => round(170 - (value / 1.8) * 150)
  const counts = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const named = [3, 5, 10, 20].map(
    (n) =>
      `<circle cx="${x(n)}" cy="${y(needed(n))}" r="4.5" class="mark"/><text x="${x(n)}" y="${y(needed(n)) - 10}" text-anchor="${n === 20 ? 'end' : 'start'}">${needed(n).toFixed(2)}</text><text x="${x(n)}" y="190" text-anchor="middle">${n}</text><path class="axis" d="M${x(n)} 170v5"/>`,
  )
  const ticks = [0, 0.5, 1, 1.5].map(
    (t) =>
      `<path class="axis" d="M55 ${y(t)}h5"/><text x="48" y="${y(t) + 4}" text-anchor="end">${t}</text>`,
  )
  return svg(
    480,
    218,
    'The mean difference that decides, in standard deviations, by number of seeds',
    `<path class="axis" d="M60 15V170H465"/><path class="line" d="M${counts.map((n) => `${x(n)} ${y(needed(n))}`).join('L')}"/>${named.join('')}${ticks.join('')}<text x="260" y="210" text-anchor="middle">seeds; difference needed for p &lt; 0.05, in standard deviations</text>`,
  )
}

/** Milliseconds of a training step by batch, size, width and depth, on onnx and PyTorch; both axes are logarithmic. */
const scalingFigure = ({ results }) => {
  const panels = Object.entries(results).map(([name, points], i) => {
    const [left, top] = [50 + (i % 2) * 250, 20 + Math.floor(i / 2) * 190]
    const at = points.map((p) => p.at)
    const all = points.flatMap((p) => [p.onnx.ms, p.pytorch.ms])
    const [least, most] = [Math.min(...all), Math.max(...all)]
    const part = (value, low, high) => Math.log(value / low) / Math.log(high / low)
    const x = (value) => round(left + part(value, at[0], at.at(-1)) * 185)
    const y = (value) => round(top + 130 - part(value, least, most) * 115)
    const line = (one, more) =>
      `<path class="line${more}" d="M${points.map((p) => `${x(p.at)} ${y(p[one].ms)}`).join('L')}"/>${points
        .map((p) => `<circle cx="${x(p.at)}" cy="${y(p[one].ms)}" r="3" class="mark${more}"/>`)
        .join('')}`
    const ticks = at.map(
      (value) => `<text x="${x(value)}" y="${top + 150}" text-anchor="middle">${value}</text>`,
    )
    const ends = [least, most].map(
      (value) =>
        `<text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value.toFixed(0)}</text>`,
    )
    return `<path class="axis" d="M${left} ${top}V${top + 135}H${left + 190}"/>${line('onnx', '')}${line('pytorch', ' other')}${ticks.join('')}${ends.join('')}<text x="${left + 8}" y="${top + 10}">${name}</text>`
  })
  return svg(
    510,
    400,
    'Milliseconds per training step of onnx and PyTorch by batch, image size, width and depth',
    `${panels.join('')}<text x="50" y="392" class="mark">onnx</text><text x="95" y="392" class="other">PyTorch (dashed); ms per step</text>`,
  )
}

mkdirSync(join(docs, 'figures'), { recursive: true })
writeFileSync(join(docs, 'figures/verdicts.svg'), verdictsFigure())
writeFileSync(join(docs, 'figures/seeds.svg'), seedsFigure())
writeFileSync(join(docs, 'figures/scaling.svg'), scalingFigure(readRecords('scaling')[0]))
