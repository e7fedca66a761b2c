import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RetableError, type JsonObject } from '@retable/core/host'
import { expect, test } from 'vitest'
import { defineReproduction, defineUnit } from '../../index.js'
import { requestsOf } from '../run/data-ahead.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { captureCommand } from '../testing/toy-command.js'
import { toyTable1 } from '../testing/toy-paper.js'

/** A table whose nets train on one set and are tested on another, as two units. */
const trainedAndTested = () => {
  const ran: string[] = []
  const train = defineUnit<{ readonly data: JsonObject }>({
    kind: 'train-on',
    version: 1,
    run: async ({ config, data }) => {
      await data(config.data)
      ran.push('train')
      return { metrics: { loss: 1 } }
    },
  })
  const test = defineUnit<{ readonly of: { readonly testData: JsonObject } }>({
    kind: 'test-on',
    version: 1,
    run: async ({ config, data }) => {
      await data(config.of.testData)
      ran.push('test')
      return { metrics: { top1: 30 } }
    },
  })
  const table = defineReproduction({
    ...toyTable1,
    id: 'toy-tested',
    metrics: [toyTable1.metrics[0]!],
    cells: [{ id: 'A', row: 'A', config: { net: 'A', error: 30 } }],
    claims: [],
    plan: ({ seed, settings }) => {
      const net = train({
        config: { data: { name: 'train' } },
        seed,
        cost: Number(settings['steps']),
      })
      return test({ config: { of: { testData: { name: 'test' } } }, seed, needs: { net } })
    },
  })
  return { ran, table, units: [train, test] }
}

/** Opens what is not `missing`, and keeps the names of what it was asked for. */
const opening = (missing: string, code: RetableError['code'] = 'not-found') => {
  const opened: string[] = []
  const openData = (request: JsonObject) => {
    const name = request['name'] as string
    opened.push(name)
    if (name === missing) throw new RetableError(code, `${name}.bin is missing`)
    return { fingerprint: `print of ${name}` }
  }
  return { opened, openData }
}

const words = ['run', 'toy-tested', '--seeds', '1,2', '--results']

test.each(['1', '2'])(
  'a missing test set ends a run of %s jobs before a net is trained',
  async (jobs) => {
    const { ran, table, units } = trainedAndTested()
    const { openData } = opening('test')
    const command = captureCommand({ reproductions: [table], units, openData })
    const results = temporaryFolder()
    expect(await command.run([...words, results, '--jobs', jobs])).toBe(1)
    expect(command.err()).toBe('toy: test.bin is missing\n')
    expect(ran).toEqual([])
    expect(readdirSync(join(results, 'runs'))).toEqual([])
  },
)

test('what has its results needs no data, and what is there is opened once', async () => {
  const { ran, table, units } = trainedAndTested()
  const { opened, openData } = opening('neither')
  const results = temporaryFolder()
  const first = captureCommand({ reproductions: [table], units, openData })
  expect(await first.run([...words, results])).toBe(0)
  expect(opened).toEqual(['train', 'test'])
  expect(ran).toEqual(['train', 'test', 'train', 'test'])
  const gone = opening('test')
  const again = captureCommand({ reproductions: [table], units, openData: gone.openData })
  expect(await again.run([...words, results])).toBe(0)
  expect(gone.opened).toEqual([])
})

test('a budget tries no unit before the data is there', async () => {
  const { ran, table, units } = trainedAndTested()
  const { openData } = opening('test')
  const command = captureCommand({ reproductions: [table], units, openData })
  const results = temporaryFolder()
  expect(await command.run([...words, results, '--budget', '1h', '--dry-run'])).toBe(1)
  expect(command.err()).toBe('toy: test.bin is missing\n')
  expect(ran).toEqual([])
  expect(existsSync(join(results, 'runs'))).toBe(false)
})

test('a dry run opens no data', async () => {
  const { table, units } = trainedAndTested()
  const { opened, openData } = opening('test')
  const command = captureCommand({ reproductions: [table], units, openData })
  expect(await command.run([...words, temporaryFolder(), '--dry-run'])).toBe(0)
  expect(opened).toEqual([])
})

test('requests are the objects under data and …Data, however deep; what openData does not know is left to the unit', async () => {
  const config = {
    data: { name: 'a', data: { name: 'within a' } },
    nets: [{ trainData: { name: 'b' } }],
    metadata: { name: 'none' },
    validationData: 'none',
  }
  expect(requestsOf({ config })).toEqual([config.data, { name: 'b' }])
  const { ran, table, units } = trainedAndTested()
  const { openData } = opening('test', 'unknown-name')
  const command = captureCommand({ reproductions: [table], units, openData })
  expect(await command.run([...words, temporaryFolder()])).toBe(1)
  expect(ran).toEqual(['train', 'train'])
})

test('a worker without the data takes no unit, queues none and marks none as failed', async () => {
  const { ran, table, units } = trainedAndTested()
  const { openData } = opening('test')
  const command = captureCommand({ reproductions: [table], units, openData })
  const results = temporaryFolder()
  expect(await command.run(['work', 'toy-tested', '--seeds', '1', '--results', results])).toBe(1)
  expect(command.err()).toBe('toy: test.bin is missing\n')
  expect(ran).toEqual([])
  const status = captureCommand({ reproductions: [table], units })
  expect(await status.run(['status', '--results', results])).toBe(0)
  expect(status.out()).toBe(`nothing is queued in ${results}\n`)
})
