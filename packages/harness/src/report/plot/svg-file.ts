import type { Element } from 'hast'
import { toHtml } from 'hast-util-to-html'
import { s } from 'hastscript'
import { legendPanel, panelElement, px, titleHeight, wrapText, type Plot } from './plot.js'
import { paletteStyle, plotStyle } from './theme.js'

const gap = 12

/** Width that panels are laid out in. */
const fullWidth = 900

/**
 * A plot as the text of an SVG file that stands alone: title, legend, panels in rows, with colours for light and
 * dark. It reaches for nothing outside itself.
 */
export const svgFile = (plot: Plot): string => {
  const placed: Element[] = []
  const widest = Math.max(...plot.panels.map(({ width }) => width))
  const columns = Math.max(
    1,
    Math.min(plot.panels.length, Math.floor((fullWidth + gap) / (widest + gap))),
  )
  const width = Math.max(columns * (widest + gap) - gap, 420)
  let y = gap
  for (const line of wrapText(plot.title, width - 2 * gap)) {
    placed.push(s('text', { class: 'title', x: gap + 4, y: px(y + 12) }, line))
    y += titleHeight
  }
  if (plot.legend.length > 0) {
    const legend = legendPanel(plot.legend, width)
    placed.push(panelElement(legend, 'legend', { x: px(gap), y: px(y) }))
    y += legend.height
  }
  for (let row = 0; row < plot.panels.length; row += columns) {
    const panels = plot.panels.slice(row, row + columns)
    panels.forEach((panel, i) => {
      const x = gap + i * (widest + gap)
      placed.push(panelElement(panel, `p${row + i}`, { x: px(x), y: px(y) }))
    })
    y += Math.max(...panels.map(({ height }) => height)) + gap
  }
  const box = [px(width + 2 * gap), px(y)] as const
  const svg = s(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'plot',
      viewBox: `0 0 ${box.join(' ')}`,
      width: box[0],
      height: box[1],
      role: 'img',
      ariaLabelledBy: 'title desc',
    },
    [
      s('title', { id: 'title' }, plot.title),
      s('desc', { id: 'desc' }, plot.caption),
      s('style', `${paletteStyle}${plotStyle}`),
      s('rect', { class: 'background', width: '100%', height: '100%' }),
      ...placed,
    ],
  )
  return `${toHtml(svg, { space: 'svg' })}\n`
}
