import type { Report } from '../report.js'
import { plotsOf } from './plots.js'
import { svgFile } from './svg-file.js'

/** A drawing as the text of a file. */
export interface PlotFile {
  /** `curves-loss.svg`. */
  readonly name: string
  readonly title: string
  readonly caption: string
  readonly svg: string
}

/** The drawings of a report, each as a self-contained SVG file. */
export const plotFiles = (report: Report): readonly PlotFile[] =>
  plotsOf(report).map((plot) => ({
    name: `${plot.name}.svg`,
    title: plot.title,
    caption: plot.caption,
    svg: svgFile([plot]),
  }))

/** The drawings of a report in one SVG file, for pages; undefined if it has none. */
export const plotSheet = (report: Report): PlotFile | undefined => {
  const [first, ...others] = plotsOf(report)
  if (!first) return undefined
  const caption = [first, ...others].map((plot) => `${plot.title}: ${plot.caption}`).join(' ')
  const about = { title: `Drawings of ${report.title}`, caption }
  return { name: 'plots.svg', ...about, svg: svgFile([first, ...others], about) }
}
