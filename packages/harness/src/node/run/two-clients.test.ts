import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { defineUnit } from '../../unit/unit.js'
import { openStore, type Store } from '../store/store.js'
import { plainServices, plainSettings } from '../testing/runs.js'
import { madeUpResult } from '../testing/store-helpers.js'
import { runUnit } from './run-unit.js'

/** Two mounts of one folder, as `tools/workers/sshfs run COMMAND` makes them: each keeps listings for seconds. */
const mounts = process.env['FOLDERS']?.split(',')

describe.skipIf(mounts === undefined)('two machines on one results folder', () => {
  let here: Store
  let there: Store
  beforeEach(() => {
    const folder = mkdtempSync(join(process.env['SERVED']!, 'machines-'))
    here = openStore(join(mounts![0]!, basename(folder)))
    there = openStore(join(mounts![1]!, basename(folder)))
    here.prepare()
    expect(there.fileNames()).toEqual([])
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  })

  const attempts: string[] = []
  const count = defineUnit({
    kind: 'count',
    version: 1,
    run: ({ workDir }) => {
      attempts.push(workDir)
      return { metrics: { n: 1 } }
    },
  })
  const unit = count({ config: { net: 'a' }, seed: 1, label: 'a' })
  const runOn = (store: Store) =>
    runUnit({
      unit,
      settings: plainSettings(store),
      services: plainServices(),
      store,
      listener: { started: () => undefined, progress: () => undefined, log: () => undefined },
      signal: new AbortController().signal,
    })

  test('a unit whose result the other has published a moment ago is not run again', async () => {
    expect((await runOn(here)).type).toBe('made')
    expect((await runOn(there)).type).toBe('found')
    expect(attempts).toHaveLength(1)
  })

  test('of two results of a unit the first stays', () => {
    here.write(madeUpResult({ net: 'a' }))
    const later = madeUpResult({ net: 'a' }, { metrics: { top1: 12 } })
    expect(() => there.write(later)).toThrow('has a result already')
    expect(here.fileNames()).toHaveLength(1)
  })

  test('checkpoints that the other has made a moment ago are taken over', () => {
    const key = 'k'.repeat(64)
    expect(there.workDir(key)).toBeUndefined()
    writeFileSync(join(here.takeWorkDir(key, 'first'), 'checkpoint'), 'step 3')
    expect(readFileSync(join(there.takeWorkDir(key, 'second'), 'checkpoint'), 'utf8')).toBe(
      'step 3',
    )
  })
})
