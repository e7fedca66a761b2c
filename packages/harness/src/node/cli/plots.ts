import { join, resolve } from 'node:path'
import { fileNameOf } from '@retable/core/host'
import type { LinkedPlot } from '../../report/renderer.js'
import type { Report } from '../../report/report.js'
import { makeFolder, writeWholeFile } from '@retable/core/node'
import { hrefFrom } from './write-report.js'

/**
 * Writes a report's drawings into a folder, `<id>-<tier>-<drawing>.svg`, and returns how to link them from a file in
 * the folder `from`.
 */
export const linkPlots = async (
  report: Report,
  dir: string,
  from: string,
): Promise<readonly LinkedPlot[]> => {
  // Drawing takes more code than all the rest; most commands do without.
  const { plotFiles } = await import('../../report/plot/plot-files.js')
  const files = plotFiles(report)
  if (files.length > 0) makeFolder(resolve(dir))
  return files.map(({ name, title, caption, svg }) => {
    const of = [report.id, ...(report.tier === null ? [] : [fileNameOf(report.tier)]), name]
    const file = resolve(join(dir, of.join('-')))
    writeWholeFile(file, svg)
    return { title, caption, href: hrefFrom(from, file) }
  })
}
