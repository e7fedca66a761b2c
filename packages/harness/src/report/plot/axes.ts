import type { ScaleContinuousNumeric } from 'd3-scale'
import type { Element } from 'hast'
import { s } from 'hastscript'
import { px } from './plot.js'

/** A scale from data to pixels. */
export type Scale = ScaleContinuousNumeric<number, number>

/** The box that data are drawn in. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Grid, numbers and names of two axes. */
export const axes = ({
  x,
  y,
  frame: { left, right, top, bottom },
  xLabel,
  yLabel,
}: {
  readonly x: Scale
  readonly y: Scale
  readonly frame: Frame
  readonly xLabel: string
  readonly yLabel: string
}): readonly Element[] => {
  const xTicks = x.ticks(5)
  const yTicks = y.ticks(5)
  const xText = x.tickFormat(5)
  const yText = y.tickFormat(5)
  return [
    s('path', {
      class: 'grid',
      d: [
        ...yTicks.map((tick) => `M${px(left)},${px(y(tick))}H${px(right)}`),
        ...xTicks.map((tick) => `M${px(x(tick))},${px(bottom)}v4`),
        `M${px(left)},${px(bottom)}H${px(right)}`,
      ].join(''),
    }),
    s('g', { class: 'muted', textAnchor: 'end' }, [
      ...yTicks.map((tick) => s('text', { x: px(left - 5), y: px(y(tick) + 4) }, yText(tick))),
    ]),
    s('g', { class: 'muted', textAnchor: 'middle' }, [
      ...xTicks.map((tick) => s('text', { x: px(x(tick)), y: px(bottom + 15) }, xText(tick))),
    ]),
    s(
      'text',
      { class: 'muted', x: px((left + right) / 2), y: px(bottom + 29), textAnchor: 'middle' },
      xLabel,
    ),
    s(
      'text',
      {
        class: 'muted',
        transform: `translate(11,${px((top + bottom) / 2)}) rotate(-90)`,
        textAnchor: 'middle',
      },
      yLabel,
    ),
  ]
}
