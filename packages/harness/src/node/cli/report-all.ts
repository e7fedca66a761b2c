import { join, relative, resolve } from 'node:path'
import { RetableError, isRetableError, unknownName } from '@retable/core/host'
import { renderMarkdown } from '../../report/format/markdown.js'
import type { Report } from '../../report/report.js'
import { statePage, stateJson, stateTable, type Standing } from '../../report/state-table.js'
import { stateOf } from '../../report/state.js'
import type { Reproduction } from '../../declare/reproduction.js'
import type { StoredResult } from '../../unit/result.js'
import { collectReport, planReport } from '../../plan/collect.js'
import type { Choice } from '../../plan/plan.js'
import { makeFolder, writeWholeFile } from '@retable/core/node'
import type { Store } from '../store/store.js'
import { againLine } from './choice.js'
import type { CommandContext } from './options.js'
import { linkPlotSheet } from './plots.js'
import { reportsElsewhere } from './other-settings.js'
import { folderOf, hrefFrom, writeReport, type ReportOptions } from './write-report.js'

/**
 * `report all`: the state of every reproduction in every tier that it has, and with `--pages` a page of each, with
 * its drawings. If nothing was made at a tier's own settings, it is that of the settings at which most was.
 */
export const reportAll = async (
  chosen: ReportOptions,
  choice: Choice,
  options: CommandContext,
  store: Store,
): Promise<void> => {
  const { name, reproductions } = options
  const formats = ['markdown', 'json']
  if (!formats.includes(chosen.format)) throw unknownName('format of all', chosen.format, formats)
  const all: Standing[] = []
  const fullestOf = fullestReports(chosen.results, store, name)
  for (const reproduction of reproductions) {
    const reports = await reportsOf(reproduction, choice, fullestOf)
    if (!reports) continue
    const file =
      chosen.pages === undefined ? undefined : join(chosen.pages, `${reproduction.id}.md`)
    if (file !== undefined) await writePage(file, reproduction.id, reports, options)
    all.push({
      id: reproduction.id,
      reports,
      ...(file !== undefined && { href: hrefFrom(folderOf(chosen), resolve(file)) }),
    })
  }
  if (all.length === 0) {
    throw new RetableError('invalid-argument', `no reproduction has a ${choice.tier} tier`)
  }
  const text = chosen.format === 'json' ? stateJson(all) : stateTable(all)
  const section = choice.tier === undefined ? 'all' : `all --tier ${choice.tier}`
  writeReport(text, section, chosen, options)
}

/**
 * A report of a choice from a folder of results; if nothing was made at a tier's own settings and none were chosen,
 * of the settings at which most cells were.
 */
const fullestReports = (
  results: string,
  store: Store,
  name: string,
): ((reproduction: Reproduction, choice: Choice) => Promise<Report>) => {
  let listed: readonly StoredResult[] | undefined
  const stored = () => (listed ??= store.list().map(({ result }) => result))
  const reportOf = async (reproduction: Reproduction, choice: Choice): Promise<Report> => {
    const plan = planReport(reproduction, choice, store)
    return collectReport(plan, store, againLine(name, plan, choice, results))
  }
  return async (reproduction, choice) => {
    const report = await reportOf(reproduction, choice)
    const isChosen = Object.keys(choice.overrides ?? {}).length > 0
    if (report.tier === null || isChosen || stateOf(report).made > 0) return report
    const [fullest] = await reportsElsewhere(stored(), reproduction, choice, (other) =>
      reportOf(reproduction, other),
    )
    return fullest?.report ?? report
  }
}

/** The reports of a reproduction's tiers; undefined if it lacks the one that was chosen. */
const reportsOf = async (
  reproduction: Reproduction,
  choice: Choice,
  reportOf: (reproduction: Reproduction, whole: Choice) => Promise<Report>,
): Promise<readonly [Report, ...Report[]] | undefined> => {
  const { tiers } = reproduction
  const names = tiers?.map(({ name }) => name) ?? [undefined]
  const reports: Report[] = []
  for (const tier of names) {
    if (tier !== undefined && choice.tier !== undefined && tier !== choice.tier) continue
    try {
      reports.push(await reportOf(reproduction, { ...choice, tier }))
    } catch (error) {
      if (!isRetableError(error)) throw error
      const where = [reproduction.id, tier && `${tier} tier`].filter(Boolean).join(', ')
      throw new RetableError(error.code, `${where}: ${error.message}`, { cause: error })
    }
  }
  const [first, ...others] = reports
  return first && [first, ...others]
}

/** A section of each tier that has results; if none has, of the paper's own scale. */
const writePage = async (
  file: string,
  id: string,
  reports: readonly [Report, ...Report[]],
  { name, stdout = process.stdout }: CommandContext,
): Promise<void> => {
  const folder = makeFolder(resolve(file, '..'))
  const made = reports.filter(({ cells }) => cells.some(({ seeds }) => seeds.length > 0))
  const sections: string[] = []
  for (const report of made.length > 0 ? made : [reports.at(-1)!]) {
    const plots = await linkPlotSheet(report, join(folder, 'plots'), folder)
    sections.push(renderMarkdown(report, { plots, level: 2 }))
  }
  writeWholeFile(resolve(file), statePage(id, sections, `${name} report all --pages`))
  stdout.write(`${relative('', file)} written\n`)
}
