import type { Element } from 'hast'
import { toHtml } from 'hast-util-to-html'
import { s } from 'hastscript'
import { legendPanel, panelElement, px, titleHeight, wrapText, type Plot } from './plot.js'
import { paletteStyle, plotStyle } from './theme.js'

const gap = 12

/** Width that panels are laid out in. */
const fullWidth = 900

/**
 * Plots as the text of one self-contained SVG file, one below the other: title, legend, panels in rows, with colors for
 * light and dark. It reaches for nothing outside itself.
 *
 * @param about what the file as a whole is called, for readers that do not see it; the plot's own words if there is one
 */
export const svgFile = (
  plots: readonly [Plot, ...Plot[]],
  about: { readonly title: string; readonly caption: string } = plots[0],
): string => {
  const placed: Element[] = []
  const columnsOf = ({ panels }: Plot) => {
    const widest = Math.max(...panels.map(({ width }) => width))
    const fitting = Math.floor((fullWidth + gap) / (widest + gap))
    return { widest, columns: Math.max(1, Math.min(panels.length, fitting)) }
  }
  const widths = plots.map(columnsOf).map(({ widest, columns }) => columns * (widest + gap) - gap)
  const width = Math.max(...widths, 420)
  let y = gap
  for (const plot of plots) {
    const { widest, columns } = columnsOf(plot)
    const prefix = plots.length > 1 ? `${plot.name}-` : ''
    for (const line of wrapText(plot.title, width - 2 * gap)) {
      placed.push(s('text', { class: 'title', x: gap + 4, y: px(y + 12) }, line))
      y += titleHeight
    }
    if (plot.legend.length > 0) {
      const legend = legendPanel(plot.legend, width)
      placed.push(panelElement(legend, `${prefix}legend`, { x: px(gap), y: px(y) }))
      y += legend.height
    }
    for (let row = 0; row < plot.panels.length; row += columns) {
      const panels = plot.panels.slice(row, row + columns)
      panels.forEach((panel, i) => {
        const x = gap + i * (widest + gap)
        placed.push(panelElement(panel, `${prefix}p${row + i}`, { x: px(x), y: px(y) }))
      })
      y += Math.max(...panels.map(({ height }) => height)) + gap
    }
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
      s('title', { id: 'title' }, about.title),
      s('desc', { id: 'desc' }, about.caption),
      s('style', `${paletteStyle}${plotStyle}`),
      s('rect', { class: 'background', width: '100%', height: '100%' }),
      ...placed,
    ],
  )
  return `${toHtml(svg, { space: 'svg' })}\n`
}
