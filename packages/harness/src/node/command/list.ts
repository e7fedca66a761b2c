import type { Command } from 'commander'
import type { Reproduction, TierName } from '../../reproduction.js'
import { sentence } from '../../report/format-number.js'
import { seedsText } from '../../report/setting-text.js'
import { stateDetails, stateOf, type ReportState } from '../../report/state.js'
import { gatherReport, planReport } from '../run/gather.js'
import { tiersOf } from '../run/plan.js'
import { openStore } from '../store/store.js'
import type { CommandContext } from './options.js'

/** Adds `list`. */
export const addListCommand = (program: Command, options: CommandContext): void => {
  const { reproductions, stdout = process.stdout } = options
  program
    .command('list')
    .summary('the tables that can be made, and how far each is')
    .description(
      'Lists the reproductions with their tiers, and what there is of each in the folder of results: not run, partly ' +
        'made, or the verdicts. It looks at the tiers’ own settings; `report` takes others.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .option('--json', 'as JSON')
    .action(async ({ json, results }: { json?: boolean; results: string }) => {
      const listed: Listed[] = []
      for (const reproduction of reproductions) {
        listed.push({ reproduction, states: await statesOf(reproduction, results) })
      }
      stdout.write(json ? asJson(listed) : asText(listed))
    })
}

type States = ReadonlyMap<TierName | undefined, ReportState>

interface Listed {
  readonly reproduction: Reproduction
  /** By tier; one entry, without a tier, for counts. */
  readonly states: States
}

const statesOf = async (reproduction: Reproduction, results: string): Promise<States> => {
  const store = openStore(results)
  const states = new Map<TierName | undefined, ReportState>()
  for (const tier of reproduction.tiers ? tiersOf(reproduction) : [undefined]) {
    const plan = planReport(reproduction, { tier }, store)
    states.set(tier, stateOf(await gatherReport(plan, store, '')))
  }
  return states
}

/** `not run`; `inconclusive: 12 of 12 cells, 3 seeds; claims: 1 supported, 2 inconclusive`. */
const stateText = (state: ReportState): string =>
  [state.word, stateDetails(state)].filter(Boolean).join(': ')

const asJson = (listed: readonly Listed[]): string => {
  const entries = listed.map(({ reproduction, states }) => ({
    id: reproduction.id,
    version: reproduction.version,
    title: reproduction.title,
    source: reproduction.source,
    tiers: Object.fromEntries(
      tiersOf(reproduction).map((name) => {
        const { describe, seeds, estimate } = reproduction.tiers![name]!
        return [name, { describe, seeds, estimate, state: states.get(name) }]
      }),
    ),
    ...(reproduction.tiers ? {} : { state: states.get(undefined) }),
    cells: reproduction.cells.map(({ id }) => id),
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

const asText = (listed: readonly Listed[]): string =>
  listed
    .map(({ reproduction, states }) => {
      const { id, title, source, tiers } = reproduction
      const place = [source.paper, source.table ?? source.figure].filter(Boolean).join(', ')
      const lines = tiersOf(reproduction).flatMap((name) => {
        const tier = tiers![name]!
        return [
          `    ${name.padEnd(9)}  ${sentence(tier.describe)} ${seedsText(tier.seeds)}; ${tier.estimate}.`,
          `    ${' '.repeat(9)}  ${stateText(states.get(name)!)}`,
        ]
      })
      return [
        `${id}  ${title}`,
        `    ${place}`,
        ...(tiers ? lines : [`    counted, in every tier: ${stateText(states.get(undefined)!)}`]),
      ].join('\n')
    })
    .join('\n\n') + '\n'
