import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { unknownName } from '@retable/core'
import { renderers as ownRenderers } from '../../report/renderer.js'
import { replaceSection } from '../../report/section.js'
import { gatherReport, planReport } from '../run/gather.js'
import { explainFileError, writeWholeFile } from '@retable/core/node'
import { openStore } from '../store/store.js'
import {
  addChoiceOptions,
  choiceOf,
  commandLine,
  findReproduction,
  type ChoiceOptions,
} from './choice.js'
import type { CommandContext } from './options.js'

interface ReportOptions extends ChoiceOptions {
  readonly format: string
  readonly output?: string
  readonly into?: string
}

/** Adds `report`. */
export const addReportCommand = (program: Command, options: CommandContext): void => {
  const { name, reproductions, stdout = process.stdout } = options
  const renderers = [...ownRenderers, ...(options.renderers ?? [])]
  const formats = renderers.map((renderer) => renderer.name)
  const command = program
    .command('report')
    .argument('<id>', 'the reproduction, as `list` names it')
    .summary('print a table from the results there are')
    .description(
      'Prints a table from stored results; runs nothing but counts. Without --seeds it takes the tier’s seeds and ' +
        'every other that has a result.',
    )
  addChoiceOptions(command, reproductions)
    .option('--format <format>', formats.join(', '), 'markdown')
    .option('--output <file>', 'write to a file')
    .option('--into <file>', 'replace the report’s section of a Markdown file, between its markers')
    .addHelpText(
      'after',
      `
Examples:
  ${name} report ${reproductions[0]?.id ?? 'ID'} --format csv --output table.csv
  ${name} report ${reproductions[0]?.id ?? 'ID'} --into README.md

--into replaces what stands between the lines
  <!-- begin ${name} report ID --> and <!-- end ${name} report ID -->
with further options of the report written after the id, where a file holds several reports of one table.`,
    )
    .action(async (id: string, chosen: ReportOptions) => {
      const reproduction = findReproduction(reproductions, id)
      const renderer = renderers.find((one) => one.name === chosen.format)
      if (!renderer) throw unknownName('format', chosen.format, formats)
      const choice = choiceOf(chosen, reproductions)
      const store = openStore(chosen.results)
      const plan = planReport(reproduction, choice, store)
      const again = commandLine(
        name,
        'run',
        id,
        { ...choice, seeds: plan.tier && plan.seeds },
        chosen.results,
      )
      const text = renderer.render(await gatherReport(plan, store, again))
      if (chosen.into !== undefined) {
        const words = [id, ...(choice.tier === undefined ? [] : ['--tier', choice.tier])]
        writeInto(chosen.into, `${name} report ${words.join(' ')}`, text)
        stdout.write(
          `${resolve(chosen.into)}: section "${name} report ${words.join(' ')}" written\n`,
        )
      } else if (chosen.output !== undefined) {
        writeWholeFile(resolve(chosen.output), text)
        stdout.write(`${resolve(chosen.output)} written\n`)
      } else stdout.write(text)
    })
}

const writeInto = (file: string, section: string, text: string): void => {
  let before: string
  try {
    before = readFileSync(file, 'utf8')
  } catch (error) {
    throw explainFileError(error, 'read', file)
  }
  writeWholeFile(resolve(file), replaceSection(before, section, text, file))
}
