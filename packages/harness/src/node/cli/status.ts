import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { unitDefinitions } from '../../unit/pack.js'
import { holderText, progressText, unitName } from '../display/unit-text.js'
import { readQueue } from '../queue/queue.js'
import { statusOf, type UnitStatus } from '../queue/unit-status.js'
import { openExistingStore } from './existing-store.js'
import type { CommandContext } from './options.js'

/** Adds `status`. */
export const addStatusCommand = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout } = options
  program
    .command('status')
    .summary('what workers have done, are running, and have left')
    .description(
      'Says of everything that is queued in a results folder what is done, running (where, and how far), waiting and ' +
        'failed. It looks at the folder and asks no scheduler.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .option('--watch', 'print it again every five seconds until nothing is left')
    .option('--json', 'as JSON')
    .action(async (chosen: { results: string; watch?: boolean; json?: boolean }) => {
      const store = openExistingStore(chosen.results)
      const definitions = unitDefinitions(options.units)
      for (;;) {
        const all = statusOf(store, readQueue(store, definitions))
        stdout.write(chosen.json ? asJson(all) : asText(all, store.dir))
        const isLeft = all.some(({ state }) => state === 'running' || state === 'waiting')
        if (!chosen.watch || !isLeft) return
        await sleep(5000)
      }
    })
}

const asText = (all: readonly UnitStatus[], dir: string): string => {
  if (all.length === 0) return `nothing is queued in ${dir}\n`
  const count = (state: UnitStatus['state']) => all.filter((one) => one.state === state).length
  const lines = all.flatMap((one) => {
    const name = unitName(one.queued.unit)
    if (one.state === 'running') {
      const far = one.progress ? `: ${progressText(one.progress)}` : ''
      return [`  running  ${name}, ${holderText(one.holder)}${far}`]
    }
    return one.state === 'failed'
      ? [`  failed   ${name}, on ${one.failure.host}: ${one.failure.error.message}`]
      : []
  })
  const counts = `${count('done')} done, ${count('running')} running, ${count('waiting')} waiting, ${count('failed')} failed`
  return `${[`${counts} of ${all.length} in ${dir}`, ...lines].join('\n')}\n`
}

const asJson = (all: readonly UnitStatus[]): string => {
  const plain = all.map(({ queued: { unit }, ...rest }) => ({
    ...{ label: unit.label, seed: unit.seed, kind: unit.definition.kind, cost: unit.cost },
    ...rest,
  }))
  return `${JSON.stringify(plain)}\n`
}
