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

/** The drawings of a report, each as an SVG file that stands alone. */
export const plotFiles = (report: Report): readonly PlotFile[] =>
  plotsOf(report).map((plot) => ({
    name: `${plot.name}.svg`,
    title: plot.title,
    caption: plot.caption,
    svg: svgFile(plot),
  }))
