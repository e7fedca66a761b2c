import type { Command } from 'commander'
import { unknownName } from '@retable/core/host'
import { renderers as ownRenderers } from '../../report/renderers.js'
import type { Report } from '../../report/report.js'
import { stateOf } from '../../report/state.js'
import { collectReport, planReport } from '../../plan/collect.js'
import type { Choice } from '../../plan/plan.js'
import { addChoiceOptions, againLine, choiceOf, commandLine, findReproduction } from './choice.js'
import { openStoreToRead } from './existing-store.js'
import type { CommandContext } from './options.js'
import { linkPlots } from './plots.js'
import { shellQuote } from './shell-quote.js'
import { reportAll } from './report-all.js'
import { elsewhereText, reportsElsewhere } from './other-settings.js'
import { checkPlace, folderOf, notFor, writeReport, type ReportOptions } from './write-report.js'

/** Adds `report`. */
export const addReportCommand = (program: Command, options: CommandContext): void => {
  const { name, typed, reproductions, stderr = process.stderr } = options
  const renderers = [...ownRenderers, ...(options.renderers ?? [])]
  const formats = renderers.map((renderer) => renderer.name)
  const command = program
    .command('report')
    .argument('<id>', 'the reproduction, as `list` names it; or all, for the state of each')
    .summary('print a table from stored results')
    .description(
      'Prints a table from stored results; runs nothing but counts. Without --seeds it takes the tier’s seeds and ' +
        'every other that has a result.',
    )
  addChoiceOptions(command, reproductions)
    .option('--format <format>', formats.join(', '), 'markdown')
    .option('--output <file>', 'write to a file')
    .option('--into <file>', 'replace the report’s section of a Markdown file, between its markers')
    .option('--plots <dir>', 'write the drawings there as SVG, and link them from the Markdown')
    .option('--pages <dir>', 'with all: write a page of each reproduction there, with drawings')
    .addHelpText('after', examples(name, shellQuote(typed), reproductions[0]?.id ?? 'ID'))
    .action(async (id: string, chosen: ReportOptions) => {
      const choice = choiceOf(chosen, reproductions)
      checkPlace(chosen)
      const store = openStoreToRead(command, chosen.results)
      if (id === 'all') {
        if (chosen.plots !== undefined) throw notFor('--plots', 'one reproduction; all has --pages')
        return reportAll(chosen, choice, options, store)
      }
      const reproduction = findReproduction(reproductions, id)
      const renderer = renderers.find((one) => one.name === chosen.format)
      if (!renderer) throw unknownName('format', chosen.format, formats)
      if (chosen.pages !== undefined) throw notFor('--pages', `all, found ${id}`)
      if (chosen.plots !== undefined && renderer.name !== 'markdown') {
        throw notFor(
          '--plots',
          `--format markdown, found ${renderer.name}; html holds its drawings`,
        )
      }
      const reportOf = async (choice: Choice): Promise<Report> => {
        const plan = planReport(reproduction, choice, store)
        return collectReport(plan, store, againLine(name, plan, choice, chosen.results))
      }
      const report = await reportOf(choice)
      const plots =
        chosen.plots === undefined ? [] : await linkPlots(report, chosen.plots, folderOf(chosen))
      const text = await renderer.render(report, { plots })
      const words = [id, ...(choice.tier === undefined ? [] : ['--tier', choice.tier])]
      writeReport(text, words.join(' '), chosen, options)
      if (stateOf(report).made > 0) return
      const results = store
        .readable(({ message }) => stderr.write(`${name}: ${message}\n`))
        .map(({ result }) => result)
      const elsewhere = await reportsElsewhere(results, reproduction, choice, reportOf)
      const [fullest] = elsewhere
      if (!fullest) return
      const again = commandLine(typed, 'report', id, fullest.choice, chosen.results)
      stderr.write(
        `${name}: nothing was made at these settings, but ${elsewhereText(elsewhere)}: ${again}\n`,
      )
    })
}

const examples = (name: string, typed: string, id: string): string => `
Examples:
  ${typed} report ${id} --format html --output ${id}.html
  ${typed} report ${id} --into README.md --plots plots
  ${typed} report all --pages reports --into README.md

--into replaces what stands between the lines
  <!-- begin ${name} report ID --> and <!-- end ${name} report ID -->
with --tier TIER written after the id where it was given.`
