import { join, resolve } from 'node:path'
import { fileNameOf } from '@retable/core/host'
import type { PlotFile } from '../../report/plot/plot-files.js'
import type { LinkedPlot } from '../../report/renderer.js'
import type { Report } from '../../report/report.js'
import { makeFolder, writeWholeFile } from '@retable/core/node'
import { hrefFrom } from './write-report.js'

/** Writes a report's drawings into a folder, `<id>-<tier>-<drawing>.svg`, and returns how to link them from `from`. */
export const linkPlots = async (
  report: Report,
  dir: string,
  from: string,
): Promise<readonly LinkedPlot[]> => {
  // Drawing takes more code than all the rest; most commands do without.
  const { plotFiles } = await import('../../report/plot/plot-files.js')
  return plotFiles(report).map((file) => linkPlot(report, file, dir, from))
}

/** As {@link linkPlots}, with all drawings in one file, `<id>-<tier>-plots.svg`. */
export const linkPlotSheet = async (
  report: Report,
  dir: string,
  from: string,
): Promise<readonly LinkedPlot[]> => {
  const { plotSheet } = await import('../../report/plot/plot-files.js')
  const sheet = plotSheet(report)
  return sheet ? [linkPlot(report, sheet, dir, from)] : []
}

const linkPlot = (
  report: Report,
  { name, title, caption, svg }: PlotFile,
  dir: string,
  from: string,
): LinkedPlot => {
  const of = [report.id, ...(report.tier === null ? [] : [fileNameOf(report.tier)]), name]
  const file = join(makeFolder(resolve(dir)), of.join('-'))
  writeWholeFile(file, svg)
  return { title, caption, href: hrefFrom(from, file) }
}
