import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeResult } from '../../unit/result-file.js'
import { madeUpResult, temporaryFolder } from '../testing/store-helpers.js'
import { claimName, publish } from './publish.js'
import { openStore } from './store.js'

const first = madeUpResult({ net: 'A' })
const second = { ...first, metrics: { top1: 99 } }

const runsFolder = () => {
  const store = openStore(temporaryFolder())
  const runs = join(store.dir, 'runs')
  mkdirSync(runs)
  return { store, runs, exists: () => store.find(first.key) !== undefined }
}

test('of two results of one key the first stays, and nothing but it is in the folder', () => {
  const { runs, exists } = runsFolder()
  expect(publish(runs, first, exists)).toBe(join(runs, encodeResult(first).name))
  expect(publish(runs, second, exists)).toBeUndefined()
  expect(readdirSync(runs)).toEqual([encodeResult(first).name])
})

test('a process that died with the claim has published: the next one finishes it', () => {
  const { store, runs, exists } = runsFolder()
  writeFileSync(join(runs, claimName(first.key)), encodeResult(first).text)
  expect(publish(runs, second, exists)).toBeUndefined()
  expect(store.find(first.key)?.result).toEqual(first)
  expect(readdirSync(runs)).toEqual([encodeResult(first).name])
})

test('one that was stopped before its claim finds, with the claim, what others have published', () => {
  const { runs, exists } = runsFolder()
  publish(runs, first, exists)
  expect(publish(runs, second, exists)).toBeUndefined()
  expect(readdirSync(runs)).toEqual([encodeResult(first).name])
})

test('the claim holds the whole result, and is the file that becomes it', () => {
  const { runs } = runsFolder()
  const claim = join(runs, claimName(first.key))
  let claimed: { readonly text: string; readonly ino: number } | undefined
  const file = publish(runs, first, () => {
    claimed = { text: readFileSync(claim, 'utf8'), ino: statSync(claim).ino }
    return false
  })!
  expect(claimed).toEqual({ text: encodeResult(first).text, ino: statSync(file).ino })
  expect(statSync(file).mode & 0o777).toBe(0o444)
})

test('one that was stopped with the claim has published once others finished it, and changes nothing when it wakes', () => {
  const { store, runs, exists } = runsFolder()
  let wasStopped = false
  const stopped = () => {
    // Stopped after its look, with the claim, in which there was nothing.
    wasStopped = true
    expect(publish(runs, second, exists)).toBeUndefined()
    return false
  }
  expect(publish(runs, first, stopped)).toBe(join(runs, encodeResult(first).name))
  expect(wasStopped).toBe(true)
  expect(store.find(first.key)?.result).toEqual(first)
  expect(readdirSync(runs)).toEqual([encodeResult(first).name])
})

test('half a claim is waited for, and removed if it is old', () => {
  const { runs, exists } = runsFolder()
  const claim = join(runs, claimName(first.key))
  writeFileSync(claim, encodeResult(first).text.slice(0, 40))
  expect(() => publish(runs, second, exists)).toThrow('is being written by another process')
  expect(existsSync(claim)).toBe(true)
  const then = new Date(Date.now() - 120_000)
  utimesSync(claim, then, then)
  expect(publish(runs, second, exists)).toBe(join(runs, encodeResult(second).name))
  expect(existsSync(claim)).toBe(false)
})
