import { existsSync, readFileSync, writeFileSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RetableError } from '@retable/core/host'
import { defineReproduction, defineUnit, type Reproduction, type Tier } from '../../index.js'

/** What a toy net is trained with. `error` is what the paper says it reaches. */
export type ToyConfig = {
  readonly net: string
  readonly error: number
  readonly steps: number
  /** Milliseconds a step. */
  readonly pause: number
  /** How it goes wrong: throws, gets a NaN, dies, runs out of memory. */
  readonly fault?: 'throw' | 'nan' | 'kill' | 'memory' | 'once'
  /** The data that it opens (default: `toy`); `gone` cannot be opened. */
  readonly data?: string
}

/**
 * "Trains" by adding draws up, step by step, with a checkpoint after each step, so that an interrupted run and an
 * uninterrupted one can be compared. `TOY_LOG` names a file that gets a line at each beginning and end.
 */
export const trainToy = defineUnit<ToyConfig>({
  kind: 'train-toy',
  version: 1,
  run: async ({ config, seed, random, workDir, signal, progress, artifact, data, threads }) => {
    log(`begin ${config.net} ${seed} threads=${threads} ${process.pid}`)
    await data({ name: config.data ?? 'toy' })
    const checkpoint = join(workDir, 'checkpoint.json')
    let { step, sum } = existsSync(checkpoint)
      ? (JSON.parse(readFileSync(checkpoint, 'utf8')) as { step: number; sum: number })
      : { step: 0, sum: 0 }
    if (step > 0) log(`resume ${config.net} ${seed} at ${step}`)
    const curve = []
    for (let i = 0; i < step; i++)
      curve.push({ step: i, loss: drawAt(random.stream(config.net), i) })
    for (; step < config.steps;) {
      await held(step, signal)
      const draw = drawAt(random.stream(config.net), step)
      sum += draw
      curve.push({ step, loss: draw })
      step++
      writeFileSync(checkpoint, JSON.stringify({ step, sum }))
      progress({ step, steps: config.steps, loss: draw, imagesPerSecond: 100 })
      if (config.pause > 0) await sleep(config.pause)
      if (signal.aborted) throw new RetableError('interrupted', 'stopped between steps')
      if (step >= Math.ceil(config.steps / 2)) breakDown(config, workDir)
    }
    const weights = artifact('weights.txt')
    writeFileSync(weights, `${config.net} ${seed} ${sum}`)
    log(`end ${config.net} ${seed} ${process.pid}`)
    const top1 = config.fault === 'nan' ? NaN : config.error + sum / config.steps
    return { metrics: { top1, top5: top1 / 3 }, curve, artifacts: { weights } }
  },
})

/** Waits at step TOY_HOLD_AT (1 unless given) and after as long as the file TOY_HOLD is there, or until it is stopped. */
const held = async (step: number, signal: AbortSignal): Promise<void> => {
  const { TOY_HOLD: file, TOY_HOLD_AT: at = '1' } = process.env
  while (file && step >= Number(at) && existsSync(file) && !signal.aborted) await sleep(5)
}

const drawAt = (
  random: { stream(...path: (string | number)[]): { normal(): number } },
  step: number,
) => random.stream('step', step).normal()

const breakDown = (config: ToyConfig, workDir: string): void => {
  if (config.fault === 'throw') throw new Error(`net ${config.net} broke down`)
  if (config.fault === 'kill') process.kill(process.pid, 'SIGKILL')
  if (config.fault === 'memory') {
    const hoard: number[][] = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5))
  }
  if (config.fault === 'once' && !existsSync(join(workDir, 'broke'))) {
    writeFileSync(join(workDir, 'broke'), '')
    throw new Error(`net ${config.net} broke down once`)
  }
}

const log = (line: string): void => {
  const file = process.env['TOY_LOG']
  if (file !== undefined) appendFileSync(file, `${line}\n`)
}

/** Reads the weights of a toy net and halves its error. */
export const evaluateToy = defineUnit<{ readonly views: number }>({
  kind: 'evaluate-toy',
  version: 1,
  run: ({ config, needs }) => {
    log(`evaluate ${readFileSync(needs['net']!.artifacts['weights']!, 'utf8')}`)
    const { top1, top5 } = needs['net']!.metrics
    return { metrics: { top1: top1! - config.views, top5: top5! - config.views } }
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
  { id: 'top1', name: 'top-1 error', unit: '%', better: 'lower', tolerance: 1, equivalence: 1 },
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
