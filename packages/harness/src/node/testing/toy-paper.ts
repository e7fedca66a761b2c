import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineReproduction, defineUnit, type Reproduction, type Tier } from '../../index.js'
import { toyUnits, type ToyConfig } from './toy-units.js'

/**
 * The toy units in Node. `TOY_LOG` names a file that gets a line at each beginning and end; they wait at step TOY_HOLD_AT (1
 * unless given) and after as long as the file TOY_HOLD is there, or until they are stopped.
 */
export const { trainToy, evaluateToy } = toyUnits({
  read: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  write: async (path, text) => writeFileSync(path, text),
  log: (line) => {
    const file = process.env['TOY_LOG']
    if (file !== undefined) appendFileSync(file, `${line} ${process.pid}\n`)
  },
  held: async (step, signal) => {
    const { TOY_HOLD: file, TOY_HOLD_AT: at = '1' } = process.env
    while (file && step >= Number(at) && existsSync(file) && !signal.aborted) await sleep(5)
  },
  die: (how) => {
    if (how === 'kill') return void process.kill(process.pid, 'SIGKILL')
    const hoard: number[][] = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5))
  },
})

/** Counts the letters of a name. */
export const countToy = defineUnit<{ readonly text: string }>({
  kind: 'count-toy',
  version: 1,
  exact: true,
  run: ({ config }) => ({ metrics: { letters: config.text.length } }),
})

const source = {
  paper: 'Toy & Toy 2020',
  arxiv: '2001.00001',
  table: 'Table 1',
  section: '2',
} as const

type Settings = { readonly steps: number; readonly pause: number }

const metrics = [
  {
    id: 'top1',
    name: 'top-1 error',
    unit: '%',
    better: 'lower',
    tolerance: 1,
    equivalence: { within: 1, why: 'coins of one mint differ by less' },
  },
  { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower', tolerance: 1 },
] as const

const synthetic = {
  name: 'synthetic',
  describe: 'Draws from a seed.',
  settings: { steps: 5, pause: 0 },
  seeds: [1, 2, 3],
}

const tiers: readonly Tier<Settings>[] = [
  synthetic,
  {
    name: 'imagenet',
    paper: true,
    describe: 'As the paper did it.',
    settings: { steps: 50, pause: 0 },
    seeds: [1, 2, 3],
  },
]

/** Three nets in a row, and another paper's, quoted. */
export const toyTable1 = defineReproduction({
  id: 'toy-table1',
  version: 1,
  title: 'Toy nets',
  source,
  protocol: { batch: { value: 256, cite: '§3.1' } },
  metrics,
  cells: [
    { id: 'A', row: 'A', paper: { top1: 29.6, top5: 10.4 }, config: { net: 'A', error: 29.6 } },
    { id: 'B', row: 'B', paper: { top1: 25.1, top5: 8 }, config: { net: 'B', error: 25.1 } },
    { id: 'C', row: 'C', paper: { top1: 25.1 }, config: { net: 'C', error: 24.9 } },
    { id: 'other', row: 'Other 2019', paper: { top1: 40.7, top5: 18.2 }, config: null },
  ],
  claims: [
    {
      id: 'b',
      text: 'B beats A',
      cite: '§4',
      test: 'better',
      metric: 'top1',
      cell: 'B',
      than: 'A',
    },
    {
      id: 'order',
      text: 'C beats B beats A',
      cite: '§4',
      test: 'improving',
      metric: 'top1',
      cells: ['A', 'B', 'C'],
    },
  ],
  deviations: [
    {
      what: 'Toy data',
      why: 'ImageNet is large.',
      effect: 'None of the numbers compare.',
      when: ({ tier }) => tier.paper !== true,
    },
  ],
  tiers,
  overrides: { steps: { help: 'steps a net', takes: 'count' } },
  plan: ({ config, settings, seed }) =>
    trainToy({
      config: { ...config, steps: settings.steps, pause: settings.pause },
      seed,
      label: config.net,
      cost: settings.steps,
    }),
})

/** Evaluations of the same nets, in columns. */
export const toyTable2 = defineReproduction({
  id: 'toy-table2',
  version: 1,
  title: 'Toy nets, several views',
  source: { ...source, table: 'Table 2' },
  protocol: {},
  metrics,
  rowHeads: ['net'],
  cells: toyTable1.cells.slice(0, 2).flatMap((cell) =>
    [1, 10].map((views) => ({
      id: `${cell.id}-${views}`,
      row: cell.id,
      column: `${views} views`,
      config: { of: cell.id, views },
    })),
  ),
  claims: [],
  deviations: [],
  tiers,
  plan: ({ config, settings, seed }) => {
    const cell = toyTable1.cells.find((one) => one.id === config.of)!
    const net = toyTable1.plan({ cell, config: cell.config!, settings, seed })
    return evaluateToy({
      config: { views: config.views },
      seed,
      needs: { net },
      label: `${config.of}, ${config.views} views`,
    })
  },
})

/** A count. */
export const toyCount = defineReproduction({
  id: 'toy-count',
  version: 1,
  title: 'Letters',
  source: { ...source, table: 'Table 3' },
  protocol: {},
  metrics: [{ id: 'letters', name: 'letters', unit: '', better: 'equal', digits: 0 }],
  cells: [
    { id: 'abc', row: 'abc', paper: { letters: 3 }, config: { text: 'abc' } },
    { id: 'abcd', row: 'abcd', paper: { letters: 5 }, config: { text: 'abcd' } },
  ],
  claims: [
    {
      id: 'three',
      text: 'abc has three',
      cite: '§1',
      test: 'equal',
      metric: 'letters',
      cell: 'abc',
      value: 3,
    },
    {
      id: 'fewer',
      text: 'abc has at most half',
      cite: '§1',
      test: 'ratio',
      metric: 'letters',
      of: 'abc',
      to: 'abcd',
      atMost: 0.5,
    },
  ],
  deviations: [],
  plan: ({ config }) => countToy({ config, label: config.text }),
})

/** A table whose units go wrong as `faults` says. */
export const toyFaults = (
  faults: Readonly<Record<string, ToyConfig['fault'] | undefined>>,
): Reproduction =>
  defineReproduction({
    id: 'toy-faults',
    version: 1,
    title: 'Toy nets that break',
    source,
    protocol: {},
    metrics,
    cells: Object.entries(faults).map(([net, fault]) => ({
      id: net,
      row: net,
      config: { net, error: 20, ...(fault === undefined ? {} : { fault }) },
    })),
    claims: [],
    deviations: [],
    tiers: [{ ...synthetic, seeds: [1], length: { setting: 'steps', least: 2 } }],
    overrides: {
      steps: { help: 'steps a net', takes: 'count' },
      pause: { help: 'milliseconds a step', takes: 'limit' },
    },
    plan: ({ config, settings, seed }) =>
      trainToy({
        config: { ...config, ...settings },
        seed,
        label: config.net,
        cost: settings.steps,
      }),
  })

export type { Settings as ToySettings }
