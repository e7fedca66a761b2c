import { expect, test } from 'vitest'
import { defineReproduction } from '../../declare/define-reproduction.js'
import { defineUnit } from '../../unit/unit.js'
import { captureCommand } from '../testing/toy-command.js'
import { temporaryFolder } from '../testing/store-helpers.js'

const train = defineUnit<{ readonly net: string }>({
  kind: 'train-fake',
  version: 1,
  estimate: ({ cost }) => ({ memoryBytes: cost * 10, checkpointBytes: cost * 3, artifactBytes: cost }), // prettier-ignore
  run: () => ({ metrics: { top1: 1 } }),
})
const evaluate = defineUnit({ kind: 'evaluate-fake', version: 1, run: () => ({ metrics: { top1: 1 } }) }) // prettier-ignore

/** Nets of cost 1,000 and 3,000, each with a test of cost 100, of one seed. */
const table = defineReproduction({
  id: 'fake',
  version: 1,
  title: 'fake',
  source: { paper: 'Fake' },
  protocol: {},
  metrics: [{ id: 'top1', name: 'top-1', unit: '%', better: 'lower' }],
  cells: ['a', 'b'].map((id) => ({ id, row: id, config: { net: id } })),
  claims: [],
  deviations: [],
  tiers: [{ name: 'only', describe: 'none', seeds: [1], settings: {} }],
  plan: ({ config, seed }) => {
    const net = train({ config, seed, label: config.net, cost: config.net === 'a' ? 1000 : 3000 })
    return evaluate({ config: {}, seed, needs: { net }, label: `${config.net} tested`, cost: 100 })
  },
})

const plan = async (...words: readonly string[]) => {
  const command = captureCommand({ reproductions: [table], units: [train, evaluate] })
  const code = await command.run(['plan', '--results', temporaryFolder(), ...words])
  return { code, out: command.out(), err: command.err() }
}

test('cost, time and bytes of each unit, and their sums', async () => {
  const { code, out } = await plan('fake', '--rate', '100', '--jobs', '2')
  expect(code).toBe(0)
  expect(out).toMatch(/^b \(seed 1\) +train-fake +3\.00e\+3 +30 s +30 kB +9\.0 kB +3\.0 kB$/m)
  expect(out).toMatch(/^a tested \(seed 1\) +evaluate-fake +1\.00e\+2 +1\.0 s +\? +\? +\?$/m)
  // 10 + 30 + 1 + 1 s; on two workers 30 s, and the test of the longer net after it.
  expect(out).toContain('time: 42 s of one worker; 31 s on 2 workers')
  expect(out).toContain('memory: 30 kB for the largest unit')
  expect(out).toContain('4.0 kB of artifacts, and up to 12 kB of checkpoints while 2 workers run (without 2 units of unknown size)') // prettier-ignore
})

test('without a rate and results of this machine no time is told; as JSON', async () => {
  expect((await plan('fake')).out).toContain('time not known: give --rate')
  const { sums, units } = JSON.parse((await plan('--json')).out) as Record<string, unknown>
  expect(sums).toMatchObject({ units: 4, cost: 4200, seconds: null, artifactBytes: 4000 })
  expect(units).toHaveLength(4)
})

test('what was made here is left out, and its speed is that of what is left', async () => {
  const results = temporaryFolder()
  const words = ['--results', results, '--backend', 'cpu']
  const run = captureCommand({ reproductions: [table], units: [train, evaluate] })
  expect(await run.run(['run', 'fake', '--only', 'a', ...words]), run.err()).toBe(0)
  const { out } = await plan('fake', ...words)
  expect(out).toContain('2 units to make, 1 made')
  expect(out).toMatch(/time: [\d.]+ s of one worker/)
})

test('a rate that is no number is refused', async () => {
  const { code, err } = await plan('--rate', 'fast')
  expect(code).toBe(2)
  expect(err).toContain('expected a number above 0, such as 5e12, got "fast"')
})
