import type { CurvePoint } from '@retable/harness'

const width = 560
const height = 160
const left = 44
const bottom = 22

const tag = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text = '',
): SVGElement => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.textContent = text
  return element
}

/** Draws the training loss of the unit at work against its updates. */
export const drawCurve = (into: Element, points: readonly CurvePoint[], steps: number): void => {
  const seen = points.flatMap((point) => {
    const { step, trainLoss } = point
    return step === undefined || trainLoss === undefined ? [] : [{ step, loss: trainLoss }]
  })
  const most = Math.max(1e-6, ...seen.map(({ loss }) => loss))
  const x = (step: number): number => left + (step / Math.max(1, steps)) * (width - left - 8)
  const y = (loss: number): number => 8 + (1 - loss / most) * (height - bottom - 8)
  const svg = tag('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': `training loss over ${steps} updates`,
  })
  for (const part of [0, 0.5, 1]) {
    const at = y(part * most)
    svg.append(
      tag('line', { x1: left, x2: width - 8, y1: at, y2: at, class: 'grid' }),
      tag('text', { x: left - 6, y: at + 4, 'text-anchor': 'end' }, (part * most).toPrecision(2)),
    )
  }
  svg.append(
    tag('text', { x: left, y: height - 4 }, '0'),
    tag('text', { x: width - 8, y: height - 4, 'text-anchor': 'end' }, `${steps} updates`),
    tag('text', { x: width / 2, y: height - 4, 'text-anchor': 'middle' }, 'training loss'),
  )
  if (seen.length > 0) {
    const path = seen.map(({ step, loss }, i) => `${i === 0 ? 'M' : 'L'}${x(step)} ${y(loss)}`)
    const last = seen.at(-1)!
    svg.append(
      tag('path', { d: path.join(''), class: 'curve' }),
      tag('circle', { cx: x(last.step), cy: y(last.loss), r: 3.5, class: 'dot' }),
    )
  }
  into.replaceChildren(svg)
}
