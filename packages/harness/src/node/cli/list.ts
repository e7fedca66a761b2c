import { formatDuration } from '@retable/core/host'
import type { Command } from 'commander'
import type { Reproduction } from '../../declare/reproduction.js'
import type { StoredResult } from '../../unit/result.js'
import { sentence } from '../../report/text/format-number.js'
import { seedsText } from '../../report/text/setting-text.js'
import { stateDetails, stateOf, type ReportState } from '../../report/state.js'
import { collectReport, planReport, type ResultSource } from '../../plan/collect.js'
import type { KeptResults } from '../../plan/missing.js'
import { planReproduction, unitsOf, type Choice } from '../../plan/plan.js'
import { secondsHere } from '../../plan/speeds.js'
import { madeHere } from '../run/environment.js'
import { isUnreadable, type Store } from '../store/store.js'
import { findReproduction } from './choice.js'
import { openStoreToRead } from './existing-store.js'
import { ExitWith } from './exit.js'
import type { CommandContext } from './options.js'
import { elsewhereText, reportsElsewhere, type Elsewhere } from './other-settings.js'

/** Adds `list`. */
export const addListCommand = (program: Command, options: CommandContext): void => {
  const { name, reproductions, stdout = process.stdout, stderr = process.stderr } = options
  program
    .command('list')
    .argument('[ids...]', 'only these, with the ids of their cells (default: all)')
    .summary('the tables that can be made, and how much of each is done')
    .description(
      'Lists the reproductions with their tiers, and what there is of each in the folder of results: not run, partly ' +
        'made, or the verdicts. It shows results at each tier’s default settings. If there are none, it lists the ' +
        'settings that have results. How long the rest takes is estimated from results of the same kinds of ' +
        'units that were made on this machine.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .option('--json', 'as JSON')
    .action(async (ids: readonly string[], { json, results }: ListOptions, command: Command) => {
      const some = ids.flatMap((id) =>
        id === 'all' ? reproductions : [findReproduction(reproductions, id)],
      )
      const source = readableSource(openStoreToRead(command, results))
      const listed: Listed[] = []
      for (const reproduction of new Set(some.length > 0 ? some : reproductions)) {
        listed.push({ reproduction, states: await statesOf(reproduction, source) })
      }
      stdout.write(json ? asJson(listed) : asText(listed, some.length > 0))
      for (const problem of source.problems) stderr.write(`${name}: ${problem}\n`)
      if (source.problems.size > 0) throw new ExitWith(1)
    })
}

interface ListOptions {
  readonly json?: boolean
  readonly results: string
}

/** What a folder holds but for what cannot be read, which is in `problems`. */
interface ReadableSource extends ResultSource, KeptResults {
  readonly results: readonly StoredResult[]
  readonly problems: ReadonlySet<string>
}

const readableSource = (store: Store): ReadableSource => {
  const problems = new Set<string>()
  const note = (error: unknown): undefined => {
    if (!isUnreadable(error)) throw error
    problems.add(error.message)
  }
  const ifReadable = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      return note(error)
    }
  }
  const results = store.readable(note).map(({ result }) => result)
  const now = store.look(note)
  const references = ifReadable(() => store.references()) ?? []
  return {
    results,
    problems,
    snapshot: () => ({ find: (key) => ifReadable(() => now.find(key)) }),
    fileNames: () => now.names,
    references: () => references,
    hasArtifact: (artifact) => store.hasArtifact(artifact),
  }
}

/** How far a table is at a tier's own settings; if there is nothing, what there is at others. */
interface ListedState {
  readonly state: ReportState
  /** How long the rest takes here; null if nothing is left, or if no unit of its kinds was made here. */
  readonly secondsLeft: number | null
  readonly elsewhere: readonly Elsewhere[]
}

type States = ReadonlyMap<string | undefined, ListedState>

interface Listed {
  readonly reproduction: Reproduction
  /** By tier; one entry, without a tier, for counts. */
  readonly states: States
}

const statesOf = async (reproduction: Reproduction, source: ReadableSource): Promise<States> => {
  const states = new Map<string | undefined, ListedState>()
  const reportOf = (choice: Choice) =>
    collectReport(planReport(reproduction, choice, source), source, '')
  for (const tier of reproduction.tiers?.map(({ name }) => name) ?? [undefined]) {
    const state = stateOf(await reportOf({ tier }))
    const elsewhere =
      state.made > 0 || tier === undefined
        ? []
        : await reportsElsewhere(source.results, reproduction, { tier }, reportOf)
    const units = unitsOf(planReproduction(reproduction, { tier }))
    const secondsLeft =
      tier === undefined ? null : (secondsHere(units, source, madeHere(source.results)) ?? null)
    states.set(tier, { state, secondsLeft, elsewhere })
  }
  return states
}

/** `not run`, with what there is at other settings; `inconclusive: 12 of 12 cells, 3 seeds; claims: 3 inconclusive`. */
const stateText = ({ state, elsewhere }: ListedState): string => {
  const text = [state.word, stateDetails(state)].filter(Boolean).join(': ')
  return elsewhere.length === 0 ? text : `${text}; ${elsewhereText(elsewhere)}`
}

/** `; about 3 min 20 s left here`; empty if that is not known. */
const timeText = ({ secondsLeft }: ListedState): string =>
  secondsLeft === null ? '' : `; about ${formatDuration(secondsLeft)} left here`

const asJson = (listed: readonly Listed[]): string => {
  const entries = listed.map(({ reproduction, states }) => ({
    id: reproduction.id,
    version: reproduction.version,
    title: reproduction.title,
    source: reproduction.source,
    tiers: Object.fromEntries(
      (reproduction.tiers ?? []).map(({ name, describe, seeds, paper = false }) => {
        const { state, secondsLeft, elsewhere } = states.get(name)!
        const other = elsewhere.map(({ choice, made, cells }) => {
          return { settings: choice.overrides, made, cells }
        })
        return [name, { describe, paper, seeds, state, secondsLeft, elsewhere: other }]
      }),
    ),
    ...(reproduction.tiers ? {} : { state: states.get(undefined)!.state }),
    cells: reproduction.cells.map(({ id }) => id),
  }))
  return `${JSON.stringify(entries, null, 2)}\n`
}

/** What `--only` takes: the cells that are made, not those that another paper is quoted for. */
const cellIds = ({ cells }: Reproduction): readonly string[] =>
  cells.filter(({ config }) => config !== null).map(({ id }) => id)

const asText = (listed: readonly Listed[], withCells: boolean): string =>
  listed
    .map(({ reproduction, states }) => {
      const { id, title, source, tiers } = reproduction
      const place = [source.paper, source.table ?? source.figure].filter(Boolean).join(', ')
      const width = Math.max(9, ...(tiers?.map(({ name }) => name.length) ?? []))
      const lines = (tiers ?? []).flatMap(({ name, describe, seeds }) => [
        `    ${name.padEnd(width)}  ${sentence(describe)} ${seedsText(seeds)}${timeText(states.get(name)!)}.`,
        `    ${' '.repeat(width)}  ${stateText(states.get(name)!)}`,
      ])
      return [
        `${id}  ${title}`,
        `    ${place}`,
        ...(tiers ? lines : [`    counted, in every tier: ${stateText(states.get(undefined)!)}`]),
        ...(withCells ? [`    cells: ${cellIds(reproduction).join(', ')}`] : []),
      ].join('\n')
    })
    .join('\n\n') + '\n'
