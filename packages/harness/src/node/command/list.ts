import type { Command } from 'commander'
import type { Reproduction } from '../../reproduction.js'
import { sentence } from '../../report/format-number.js'
import { tiersOf } from '../run/plan.js'
import type { CommandContext } from './options.js'

/** Adds `list`. */
export const addListCommand = (program: Command, options: CommandContext): void => {
  const { reproductions, stdout = process.stdout } = options
  program
    .command('list')
    .summary('the tables that can be made')
    .description('Lists the reproductions with their tiers.')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) => {
      stdout.write(json ? asJson(reproductions) : asText(reproductions))
    })
}

const asJson = (reproductions: readonly Reproduction[]): string => {
  const entries = reproductions.map((reproduction) => ({
    id: reproduction.id,
    version: reproduction.version,
    title: reproduction.title,
    source: reproduction.source,
    tiers: Object.fromEntries(
      Object.entries(reproduction.tiers ?? {}).map(([name, { describe, seeds, estimate }]) => [
        name,
        { describe, seeds, estimate },
      ]),
    ),
    cells: reproduction.cells.map(({ id }) => id),
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

const asText = (reproductions: readonly Reproduction[]): string =>
  reproductions
    .map((reproduction) => {
      const { id, title, source, tiers } = reproduction
      const place = [source.paper, source.table ?? source.figure].filter(Boolean).join(', ')
      const lines = tiersOf(reproduction).map((name) => {
        const tier = tiers![name]!
        return `    ${name.padEnd(9)}  ${sentence(tier.describe)} Seeds ${tier.seeds.join(', ')}; ${tier.estimate}.`
      })
      return [
        `${id}  ${title}`,
        `    ${place}`,
        ...(tiers ? lines : ['    counted, in every tier']),
      ].join('\n')
    })
    .join('\n\n') + '\n'
