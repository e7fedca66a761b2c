import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { defineReproduction } from '../../declare/define-reproduction.js'
import { defineUnit } from '../../unit/unit.js'
import type { Unit } from '../../unit/unit.js'
import type { StoredResult } from '../../unit/result.js'
import { planReproduction, unitsOf, type Choice } from '../../plan/plan.js'
import { createSpeeds } from '../../plan/speeds.js'
import { trySpeed } from './trial.js'
import { plainServices, plainSettings } from '../testing/runs.js'
import { captureCommand } from '../testing/toy-command.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { budgetText, fitBudget, parseBudget, type Chosen } from './budget.js'

const train = defineUnit<{ readonly net: string; readonly steps: number }>({
  kind: 'train-fake',
  version: 1,
  run: () => ({ metrics: { top1: 1 } }),
})

/** Nets of `nets` × 1,000 steps a seed, three seeds. */
const table = (id: string, nets: number, least = 100) =>
  defineReproduction({
    id,
    version: 1,
    title: id,
    source: { paper: 'Fake' },
    protocol: {},
    metrics: [{ id: 'top1', name: 'top-1', unit: '%', better: 'lower' }],
    cells: Array.from({ length: nets }, (_, i) => ({
      id: `${id}-${i}`,
      row: String(i),
      config: { net: `${id}-${i}` },
    })),
    claims: [],
    deviations: [],
    overrides: { steps: { help: 'updates', takes: 'count' } },
    tiers: [
      {
        name: 'reduced',
        describe: 'none',
        seeds: [1, 2, 3],
        settings: { steps: 1000 },
        length: { setting: 'steps', least },
      },
    ],
    plan: ({ config, settings, seed }) =>
      train({ config: { ...config, ...settings }, seed, cost: settings.steps }),
  })

const unitsFor = ({ reproduction, choice }: Chosen) =>
  unitsOf(planReproduction(reproduction, choice))
/** A fake speed: a hundredth of a second a step. */
const secondsOf = (units: readonly Unit[]) => units.reduce((sum, unit) => sum + unit.cost / 100, 0)
const fit = (asked: readonly Chosen[], seconds: number, tried = 0) =>
  fitBudget(asked, { budget: { text: `${seconds}s`, seconds }, tried, unitsFor, secondsOf })
const whole = (reproduction: Chosen['reproduction']): Chosen => ({ reproduction, choice: {} })

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['2h', 7200],
  ['1.5h', 5400],
  ['1d', 86_400],
])('%s is %d seconds', (text, seconds) => expect(parseBudget(text)).toBe(seconds))

test.each(['', '30', 'm', '-3m', '0s', '1h30m', '3 weeks'])('"%s" is no time', (text) => {
  expect(() => parseBudget(text)).toThrow(/expected a duration such as 90s, 30m or 2h, got/)
})

test('where there is time enough, the tier stays as it is', () => {
  // Two nets of 1,000 steps, three seeds: 60 s.
  const { fitted, seconds } = fit([whole(table('a', 2))], 60)
  expect(fitted[0]!.choice).toEqual({})
  expect(seconds).toBe(60)
})

test('steps are shortened before seeds are dropped', () => {
  // 30 s for six trainings: 500 steps each.
  const { fitted, seconds } = fit([whole(table('a', 2))], 30)
  expect(fitted[0]!.choice).toEqual({ overrides: { steps: expect.closeTo(490, -1.5) as number } })
  expect(seconds).toBeLessThanOrEqual(30)
  expect(seconds).toBeGreaterThan(28)
})

test('seeds are dropped where the least length of all of them takes too long', () => {
  // Six trainings of 400 steps take 24 s, four 16 s; 18 s buy four of 450.
  const { fitted } = fit([whole(table('a', 2, 400))], 18)
  expect(fitted[0]!.choice.seeds).toEqual([1, 2])
  expect(fitted[0]!.choice.overrides!['steps']).toBeGreaterThanOrEqual(440)
  expect(fitted[0]!.choice.overrides!['steps']).toBeLessThanOrEqual(450)
})

test('what the command line says is kept', () => {
  const reproduction = table('a', 2)
  const seeds = fit([{ reproduction, choice: { seeds: [7, 8] } }], 10)
  expect(seeds.fitted[0]!.choice.seeds).toEqual([7, 8])
  const steps = fit([{ reproduction, choice: { overrides: { steps: 200 } } }], 5)
  expect(steps.fitted[0]!.choice).toEqual({ overrides: { steps: 200 }, seeds: [1] })
})

test('too little time for one is an error that says how much it takes; of several the longest goes', () => {
  expect(() => fit([whole(table('a', 2))], 1)).toThrow(/^--budget 1s is too little for a: .* about 2\.0 s$/) // prettier-ignore
  expect(() => fit([whole(table('a', 2))], 3, 2.5)).toThrow(
    /^--budget 3s is too little for a: .* about 2\.0 s, and finding that out took 2\.5 s$/,
  )
  const both = fit([whole(table('a', 1)), whole(table('b', 9))], 5)
  expect(both.leftOut).toEqual([{ id: 'b', seconds: 9 }])
  expect(both.fitted.map(({ reproduction }) => reproduction.id)).toEqual(['a'])
  expect(budgetText({ text: '5s', seconds: 5 }, both)).toMatch(
    /^--budget 5s: a --steps 1\d0 \(about [\d.]+ s\); left out: b \(at least 9\.0 s\)$/,
  )
})

test('the error of too little time says what was chosen on the command line', () => {
  const reproduction = table('a', 2)
  const error = (choice: Choice) => () => fit([{ reproduction, choice }], 1)
  expect(error({})).toThrow('for a: at its shortest, with one seed, it takes about 2.0 s')
  expect(error({ seeds: [1, 2, 3] })).toThrow(
    'for a: at its shortest, with --seeds 1,2,3, it takes about 6.0 s',
  )
  expect(error({ overrides: { steps: 200 } })).toThrow(
    'for a: with --steps 200, with one seed, it takes about 4.0 s',
  )
})

test('a unit of no known kind is guessed at the mean speed of the others, without their starts', () => {
  const speeds = createSpeeds()
  const unit = train({ config: { net: 'a', steps: 1 }, label: 'a' })
  expect(speeds.guess(unit)).toBeUndefined()
  speeds.note({ kind: 'train-fake', label: 'a' }, { start: 2, perCost: 0.5 })
  expect(speeds.of(unit)).toEqual({ start: 2, perCost: 0.5 })
  expect(speeds.of({ ...unit, label: 'b' })).toEqual({ start: 2, perCost: 0.5 })
  const other = defineUnit({ kind: 'other', version: 1, run: () => ({ metrics: {} }) })
  expect(speeds.of(other({ config: {} }))).toBeUndefined()
  expect(speeds.guess(other({ config: {} }))).toEqual({ start: 0, perCost: 0.5 })
})

/** A unit of 100 steps that opens a data set and has a first step as slow as they are said to be. */
const slowStart = defineUnit<{
  readonly firstMs: number
  readonly stepMs: number
  readonly steps: number
}>({
  kind: 'train-slow-start',
  version: 1,
  run: async ({ config: { firstMs, stepMs, steps }, data, progress, signal }) => {
    await data({ set: 'slow' })
    await sleep(firstMs)
    for (let step = 1; step <= steps && !signal.aborted; step++) {
      await sleep(stepMs)
      progress({ step, steps })
    }
    signal.throwIfAborted()
    return { metrics: { top1: 1 } }
  },
})

/** The trial of a unit whose data set takes so long to open. */
const tryIt = (unit: Unit, openMs: number, seconds: number) =>
  trySpeed({
    unit,
    services: plainServices({
      openData: async () => {
        await sleep(openMs)
        return { fingerprint: 'slow' }
      },
    }),
    settings: plainSettings({ dir: '' }),
    seconds,
    signal: new AbortController().signal,
  })

test('a trial counts steps after the first: a slow start and slow data change the speed by nothing', async () => {
  const config = { firstMs: 400, stepMs: 20, steps: 100 }
  const unit = slowStart({ config, cost: 100 })
  // The first progress comes long after the 0.1 s that the steps which count may take.
  const { speed, openingSeconds } = await tryIt(unit, 500, 0.1)
  expect(openingSeconds).toBeGreaterThan(0.49)
  expect(openingSeconds).toBeLessThan(0.7)
  expect(speed.perCost).toBeGreaterThan(0.019)
  expect(speed.perCost).toBeLessThan(0.05)
  expect(speed.start).toBeGreaterThan(0.35)
  expect(speed.start).toBeLessThan(0.8)
})

test('a unit that ends before its trial does is measured as a whole, without the opening of its data', async () => {
  const unit = slowStart({ config: { firstMs: 100, stepMs: 1, steps: 1 }, cost: 1 })
  const { speed, openingSeconds } = await tryIt(unit, 300, 5)
  expect(openingSeconds).toBeGreaterThan(0.29)
  expect(speed.start).toBe(0)
  expect(speed.perCost).toBeGreaterThan(0.1)
  expect(speed.perCost).toBeLessThan(0.29)
})

test('what opening the data took is said beside the time of the work', () => {
  const terms = { budget: { text: '60s', seconds: 60 }, tried: 0, unitsFor, secondsOf }
  const fitted = fitBudget([whole(table('a', 2))], { ...terms, openingSeconds: 61 })
  expect(budgetText(terms.budget, fitted)).toBe(
    '--budget 60s: a as its tier says (about 1 min 0 s); opening the data took 1 min 1 s, not counted',
  )
})

test('a run with a budget measures a trial, says what it chose, and records explicit flags', async () => {
  const results = temporaryFolder()
  const command = captureCommand()
  const words = ['run', 'toy-faults', '--only', 'good', '--results', results]
  // 5 steps of 300 ms and the trial of one; two or three of them fit in what the trial leaves.
  expect(await command.run([...words, '--pause', '300', '--budget', '2s'])).toBe(0)
  expect(command.out()).toMatch(/^--budget 2s: toy-faults .*--steps [23] \(about \d\.\d s\)$/m)
  expect(command.out()).toMatch(/Report: toy report toy-faults .*--steps [23]/)
  const [file] = readdirSync(join(results, 'runs'))
  const { result } = JSON.parse(readFileSync(join(results, 'runs', file!), 'utf8')) as {
    result: StoredResult
  }
  const { steps } = result.config as { steps: number }
  expect([2, 3]).toContain(steps)
  expect(result.command.join(' ')).toContain(`--steps ${steps}`)
  expect(result.command).not.toContain('--budget')
})

test('several tables in one command, each printed', async () => {
  const results = temporaryFolder()
  const command = captureCommand()
  expect(await command.run(['run', 'toy-table1', 'toy-table2', '--results', results])).toBe(0)
  expect(command.out()).toContain('Toy nets (')
  expect(command.out()).toContain('Toy nets, several views (')
  // 9 nets, trained once, and 12 evaluations.
  expect(command.out()).toContain('(21 made now')
})

test('list says how far each table is', async () => {
  const results = temporaryFolder()
  const before = captureCommand()
  await before.run(['list', '--results', results])
  expect(before.out()).toMatch(/synthetic +Draws from a seed\..*\n +not run\n/)
  expect(before.out()).not.toContain('left here')
  await captureCommand().run(['run', 'toy-table1', '--only', 'A', '--results', results])
  const partly = captureCommand()
  await partly.run(['list', '--results', results])
  expect(partly.out()).toMatch(/partly made: 1 of 3 cells, 3 seeds/)
  // Three nets of five steps tell how long six more take.
  expect(partly.out()).toMatch(/Seeds 1, 2, 3; about [\d.]+ s left here\.\n/)
  const inNumbers = captureCommand()
  await inNumbers.run(['list', '--results', results, '--json'])
  const [toy] = JSON.parse(inNumbers.out()) as {
    tiers: { synthetic: { secondsLeft: number } }
  }[]
  expect(toy!.tiers.synthetic.secondsLeft).toBeGreaterThan(0)
  await captureCommand().run(['run', 'toy-table1', '--results', results])
  const done = captureCommand()
  await done.run(['list', '--results', results, '--json'])
  const [first] = JSON.parse(done.out()) as {
    tiers: Record<string, { state: { made: number }; paper: boolean; secondsLeft: number | null }>
  }[]
  expect(first!.tiers).toMatchObject({
    synthetic: { state: { made: 3 }, paper: false, secondsLeft: null },
    imagenet: { state: { made: 0 }, paper: true, secondsLeft: expect.any(Number) as number },
  })
})
