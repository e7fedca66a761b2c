import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { RetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import { expect, test } from 'vitest'
import { defineUnit, type Unit, type UnitDefinition } from '../../unit/unit.js'
import type { RunSettings } from '../../unit/settings.js'
import { makeHere, plainPlan, plainServices, plainSettings } from '../testing/runs.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { openStore, type Store } from '../store/store.js'
import { unitKey } from '../../unit/unit-key.js'
import { takeLease } from '@retable/core/node'
import { verifyStore } from '../store/verify.js'
import { outcomeHash, runUnit } from './run-unit.js'
import type { Services } from './services.js'

const quiet = { started: () => undefined, progress: () => undefined, log: () => undefined }

const unitOf = (run: UnitDefinition['run'], config: JsonObject = {}) =>
  defineUnit<JsonObject>({ kind: 'one', version: 1, run })({ config, seed: 1, label: 'one' })

const runHere = (
  unit: ReturnType<typeof unitOf>,
  store = openStore(temporaryFolder()),
  more = {},
) => {
  store.prepare()
  return runIn(store, unit, {}, more)
}

const runIn = (
  store: Store,
  unit: Unit,
  services: Partial<Services>,
  settings: Partial<RunSettings> = {},
) =>
  runUnit({
    unit,
    settings: plainSettings(store, settings),
    services: plainServices(services),
    store,
    listener: quiet,
    signal: new AbortController().signal,
  })

test('the result says what was run, on what, from what and how long', async () => {
  const store = openStore(temporaryFolder())
  const unit = unitOf(
    async ({ data, random, seed, config }) => {
      const { fingerprint } = await data({ name: 'x' })
      await data({ name: 'x' })
      expect([random.seed, seed, config, fingerprint]).toEqual([1, 1, { a: 2 }, 'f'.repeat(64)])
      return { metrics: { top1: 3 }, curve: [{ step: 1, loss: 2 }], extra: { list: [1] } }
    },
    { a: 2 },
  )
  const outcome = await runHere(unit, store)
  expect(outcome).toMatchObject({
    type: 'made',
    result: {
      key: unitKey(unit),
      kind: 'one',
      config: { a: 2 },
      seed: 1,
      metrics: { top1: 3 },
      curve: [{ step: 1, loss: 2 }],
      extra: { list: [1] },
      data: [{ request: { name: 'x' }, fingerprint: 'f'.repeat(64) }],
      backend: { name: 'cpu' },
      environment: { packages: { '@retable/core': '1.0.0' }, node: process.version },
      timing: { attempts: 1 },
      settings: plainPlan,
      command: ['toy', 'run'],
    },
  })
  expect(store.find(unitKey(unit))?.result).toEqual('result' in outcome && outcome.result)
  expect(store.workDir(unitKey(unit))).toBeUndefined()
  expect(readdirSync(join(store.dir, '.work', 'leases'))).toEqual([])
})

test('a unit with a result is not run again', async () => {
  const store = openStore(temporaryFolder())
  let runs = 0
  const unit = () =>
    unitOf(() => {
      runs++
      return { metrics: {} }
    })
  expect((await runHere(unit(), store)).type).toBe('made')
  expect((await runHere(unit(), store)).type).toBe('found')
  expect(runs).toBe(1)
})

test.each<[string, unknown, string]>([
  ['NaN metric', { metrics: { top1: NaN } }, 'metrics of unit "one".top1 is NaN'],
  [
    'infinite loss',
    { metrics: {}, curve: [{ loss: Infinity }] },
    'curve of unit "one"[0].loss is Infinity',
  ],
  ['no metrics', {}, 'returned no metrics'],
  ['nothing', undefined, 'returned no metrics'],
  ['text', { metrics: { top1: '3' } }, 'metric "top1" of unit "one" is a string'],
  [
    'foreign artifact',
    { metrics: {}, artifacts: { w: '/etc/hostname' } },
    'context.artifact() did not give',
  ],
  ['tensor', { metrics: {}, extra: { a: new Float32Array(2) } }, 'Float32Array'],
])('a unit that returns a %s is refused, and leaves no result', async (_name, output, sentence) => {
  const store = openStore(temporaryFolder())
  const unit = unitOf(() => output as never)
  await expect(runHere(unit, store)).rejects.toThrow(sentence)
  expect(store.list()).toEqual([])
})

test('an artifact that was promised and not written is named', async () => {
  const unit = unitOf(({ artifact }) => ({ metrics: {}, artifacts: { w: artifact('w.bin') } }))
  await expect(runHere(unit)).rejects.toThrow('w.bin')
  const outside = unitOf(({ artifact }) => ({ metrics: {}, artifacts: { w: artifact('../w') } }))
  await expect(runHere(outside)).rejects.toThrow('plain file name')
})

const needingPair = () => {
  let trained = 0
  const train = defineUnit<JsonObject>({
    kind: 'train',
    version: 1,
    run: ({ artifact }) => {
      trained++
      const weights = artifact('weights.txt')
      writeFileSync(weights, 'weights')
      return { metrics: { top1: 5 }, artifacts: { weights } }
    },
  })
  const evaluate = defineUnit<{ n: number }>({
    kind: 'evaluate',
    version: 1,
    run: ({ needs, config }) => ({
      metrics: {
        length: readFileSync(needs['net']!.artifacts['weights']!, 'utf8').length,
        top1: needs['net']!.metrics['top1']! - config.n,
      },
    }),
  })
  const net = train({ config: {}, seed: 1, label: 'net' })
  return {
    evaluate: (n: number) => evaluate({ config: { n }, needs: { net } }),
    net,
    trained: () => trained,
  }
}

test('a unit reads the results and artifacts of what it needs', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net, trained } = needingPair()
  await expect(runHere(evaluate(1), store)).rejects.toThrow(
    'needs "net" (net), which has no result',
  )
  await makeHere([evaluate(1), evaluate(2)], store)
  expect(store.find(unitKey(evaluate(2)))?.result.metrics).toEqual({ length: 7, top1: 3 })
  expect(store.find(unitKey(evaluate(2)))?.result.needs).toEqual({ net: unitKey(net) })
  expect(trained()).toBe(1)
})

test('an artifact that was changed is not used: it is made again, as if it were gone', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net, trained } = needingPair()
  await makeHere([net], store)
  const before = store.find(unitKey(net))!
  const { weights } = before.result.artifacts
  const path = store.artifactPath(weights!)
  rmSync(path)
  writeFileSync(path, 'Weights')
  const { outcome, events } = await makeHere([evaluate(1)], store)
  expect(outcome.failed).toEqual([])
  const lines = events.flatMap((event) => (event.type === 'log' ? [event.line] : []))
  expect(lines.join()).toContain(`artifact ${path} ("weights" of "net") was changed`)
  expect(trained()).toBe(2)
  expect(readFileSync(path, 'utf8')).toBe('weights')
  expect(store.find(unitKey(net))).toEqual(before)
  expect(store.find(unitKey(evaluate(1)))?.result.metrics['length']).toBe(7)
})

test('an artifact whose result was deleted, and that is damaged, is replaced and not believed', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net } = needingPair()
  await makeHere([net], store)
  const { file, result } = store.find(unitKey(net))!
  const path = store.artifactPath(result.artifacts['weights']!)
  rmSync(path)
  writeFileSync(path, 'Weights')
  rmSync(file)
  const { outcome } = await makeHere([evaluate(1)], store)
  expect(outcome).toMatchObject({ made: 2, failed: [] })
  expect(readFileSync(path, 'utf8')).toBe('weights')
  expect((await verifyStore(store)).problems).toEqual([])
})

test('a folder in place of an artifact is named, and the rest of verify goes on', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net } = needingPair()
  await makeHere([net], store)
  const path = store.artifactPath(store.find(unitKey(net))!.result.artifacts['weights']!)
  rmSync(path)
  mkdirSync(path)
  mkdirSync(join(store.dir, 'runs', 'train.seed1.0123456789abcdef.0123456789abcdef.json'))
  const { problems, checked } = await verifyStore(store)
  expect(checked).toBe(2)
  expect(problems).toEqual([
    expect.stringContaining('0123456789abcdef.json: it is a folder'),
    expect.stringContaining(`artifact of "net" ${path}: it is a folder`),
  ])
  const { outcome } = await makeHere([evaluate(1)], store)
  expect(String(outcome.failed[0]?.error)).toContain(`${path}: it is a folder`)
})

test('verify names a result whose needed result was deleted', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net } = needingPair()
  await makeHere([evaluate(1)], store)
  expect((await verifyStore(store)).problems).toEqual([])
  const { file } = store.find(unitKey(net))!
  rmSync(file)
  expect((await verifyStore(store)).problems).toEqual([
    expect.stringContaining(
      `needs the result ${unitKey(net).slice(0, 12)} ("net"), which is not in`,
    ),
  ])
})

test('a damaged or lost record of attempts is told of, and the result is marked', async () => {
  for (const spoil of [
    (path: string) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40)),
    (path: string) => rmSync(path),
  ]) {
    const store = openStore(temporaryFolder())
    await expect(runHere(checkpointing(9, 4), store)).rejects.toThrow('power')
    spoil(join(store.workDir(unitKey(checkpointing(9)))!, 'attempts.json'))
    const outcome = await runHere(checkpointing(9), store)
    expect(outcome).toMatchObject({
      type: 'made',
      result: {
        carriedOver: [
          expect.stringMatching(/^the record of earlier attempts is (damaged|missing)$/),
        ],
      },
    })
  }
})

test('a holder that lost its lease publishes nothing, and finds nothing to write to', async () => {
  const store = openStore(temporaryFolder())
  store.prepare()
  let folder = ''
  const unit = unitOf(({ workDir }) => {
    folder = workDir
    writeFileSync(join(workDir, 'checkpoint.json'), '[]')
    // Suspended for longer than its lease, while another process takes the unit over.
    const lease = store.leasePath(unitKey(unit))
    const then = new Date(Date.now() - 400_000)
    utimesSync(lease, then, then)
    const other = takeLease(lease)
    if (!other.taken) throw new Error('not taken')
    store.takeWorkDir(unitKey(unit), other.nonce)
    return { metrics: { top1: 1 } }
  })
  const outcome = await runHere(unit, store)
  expect(outcome).toMatchObject({ type: 'busy', holder: { pid: process.pid } })
  expect(store.list()).toEqual([])
  expect(existsSync(folder)).toBe(false)
  expect(existsSync(join(store.workDir(unitKey(unit))!, 'checkpoint.json'))).toBe(true)
})

test('an artifact that is gone is made again, and must come out the same', async () => {
  const store = openStore(temporaryFolder())
  const { evaluate, net, trained } = needingPair()
  await makeHere([net], store)
  const before = store.find(unitKey(net))!
  rmSync(store.artifactPath(before.result.artifacts['weights']!))
  await makeHere([net], store)
  expect(trained(), 'nobody needs it yet').toBe(1)
  const { outcome, events } = await makeHere([evaluate(1)], store)
  expect(trained()).toBe(2)
  expect(outcome.made, 'by nobody else').toBe(2)
  expect(events.flatMap((event) => (event.type === 'done' ? event.made : []))).toEqual([true, true])
  expect(store.find(unitKey(net))).toEqual(before)
  expect(store.find(unitKey(evaluate(1)))?.result.metrics['length']).toBe(7)
})

test('an artifact made again that came out different is an error', async () => {
  const store = openStore(temporaryFolder())
  let run = 0
  const fickle = defineUnit<JsonObject>({
    kind: 'fickle',
    version: 1,
    run: ({ artifact }) => {
      writeFileSync(artifact('w.txt'), `run ${run++}`)
      return { metrics: {}, artifacts: { w: artifact('w.txt') } }
    },
  })({ config: {}, label: 'fickle' })
  const user = defineUnit<JsonObject>({ kind: 'user', version: 1, run: () => ({ metrics: {} }) })
  await makeHere([fickle], store)
  const { result } = store.find(unitKey(fickle))!
  rmSync(store.artifactPath(result.artifacts['w']!))
  const { outcome } = await makeHere([user({ config: {}, needs: { fickle } })], store)
  expect(String(outcome.failed[0]?.error)).toContain('came out different')
  expect(store.list()).toHaveLength(1)
})

const checkpointing = (steps: number, stopAt?: number) =>
  unitOf(async ({ workDir, random, signal }) => {
    const file = join(workDir, 'checkpoint.json')
    const done = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as number[]) : []
    while (done.length < steps) {
      signal.throwIfAborted()
      if (done.length === stopAt) throw new RetableError('unavailable', 'the power is gone')
      done.push(random.stream('step', done.length).normal())
      writeFileSync(file, JSON.stringify(done))
    }
    return {
      metrics: { sum: done.reduce((a, b) => a + b, 0) },
      curve: done.map((loss) => ({ loss })),
    }
  })

test('a unit that broke off resumes from its checkpoint and ends as if it had not', async () => {
  const whole = await runHere(checkpointing(9))
  const store = openStore(temporaryFolder())
  await expect(runHere(checkpointing(9, 4), store)).rejects.toThrow('power')
  expect(store.list()).toEqual([])
  const resumed = await runHere(checkpointing(9), store)
  if (whole.type !== 'made' || resumed.type !== 'made') throw new Error('not made')
  expect(outcomeHash(resumed.result)).toBe(outcomeHash(whole.result))
  expect(resumed.result.timing.attempts).toBe(2)
})

test('another number of threads is noted in the result; all of them is a number too', async () => {
  const all = availableParallelism()
  const carried = async (before: number | undefined, now: number | undefined) => {
    const store = openStore(temporaryFolder())
    store.prepare()
    const run = (unit: Unit, threads: number | undefined) =>
      runIn(store, unit, {}, threads === undefined ? {} : { threads })
    await expect(run(checkpointing(9, 4), before)).rejects.toThrow('power')
    const outcome = await run(checkpointing(9), now)
    return outcome.type === 'made' ? outcome.result.carriedOver : outcome.type
  }
  expect(await carried(undefined, all)).toBeUndefined()
  expect(await carried(all, undefined)).toBeUndefined()
  expect(await carried(undefined, all + 1)).toEqual([`threads ${all}, now ${all + 1}`])
})

test('a checkpoint is not carried to another backend, package version or data set unless told to', async () => {
  const dataUser = (stop: boolean) =>
    unitOf(async ({ workDir, data }) => {
      await data({ name: 'd' })
      if (stop) {
        writeFileSync(join(workDir, 'checkpoint.json'), '1')
        throw new Error('stopped')
      }
      return { metrics: { resumed: existsSync(join(workDir, 'checkpoint.json')) ? 1 : 0 } }
    })
  const begun = async () => {
    const store = openStore(temporaryFolder())
    store.prepare()
    await expect(runHere(dataUser(true), store)).rejects.toThrow('stopped')
    return store
  }
  const goOn = async (changes: Partial<Services>, settings: Partial<RunSettings> = {}) =>
    runIn(await begun(), dataUser(false), changes, settings)
  const wasm = { useBackend: async () => ({ name: 'wasm' }) }
  await expect(goOn(wasm)).rejects.toThrow('backend "cpu", now "wasm"')
  await expect(goOn({ packages: { '@retable/core': '2.0.0' } })).rejects.toThrow(
    'packages.@retable/core "1.0.0", now "2.0.0"',
  )
  const other = { openData: async () => ({ fingerprint: 'e'.repeat(64) }) }
  await expect(goOn(other)).rejects.toThrow('ffffffffffff, now eeeeeeeeeeee')
  expect(await goOn(wasm, { force: true })).toMatchObject({ result: { metrics: { resumed: 1 } } })
  expect(await goOn(other, { force: true })).toMatchObject({ result: { metrics: { resumed: 1 } } })
  expect(await goOn(wasm, { restart: true })).toMatchObject({ result: { metrics: { resumed: 0 } } })
})
