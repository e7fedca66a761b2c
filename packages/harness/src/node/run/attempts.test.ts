import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/store-helpers.js'
import { openAttempt, readAttempts, writeAttempts } from './attempts.js'

const noted = {
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 12.5,
  attempts: 2,
  identity: { backend: 'wasm', data: {} },
  machine: { processor: 'a', threads: 2 },
  carriedOver: ['threads 1, now 2'],
}

test('a record is read back; whatever else stands in its file is damage', () => {
  const dir = temporaryFolder()
  expect(readAttempts(dir)).toBe('missing')
  writeAttempts(dir, noted)
  expect(readAttempts(dir)).toEqual(noted)
  const file = join(dir, 'attempts.json')
  const whole = readFileSync(file, 'utf8')
  for (const touched of [
    ...['', 'null', '3', '[]', '{}', whole.slice(0, -5)],
    ...[{ identity: null }, { machine: null }, { seconds: null }, { carriedOver: 'x' }].map(
      (change) => JSON.stringify({ ...JSON.parse(whole), record: { ...noted, ...change } }),
    ),
    whole.replace('threads 1', 'threads 2'),
  ]) {
    writeFileSync(file, touched)
    expect(readAttempts(dir), touched).toBe('damaged')
  }
})

test('other threads are other conditions, on whatever machine', () => {
  const workDir = temporaryFolder()
  writeFileSync(join(workDir, 'checkpoint.json'), '1')
  const open = (threads: number) =>
    openAttempt({
      ...{ workDir, label: 'net', software: { backend: 'cpu' }, force: false },
      machine: { processor: 'a', threads },
    })
  writeAttempts(workDir, { ...noted, identity: { backend: 'cpu' }, carriedOver: [] })
  expect(open(2).remarks).toEqual([])
  const { remarks, carriedOver } = open(3)
  expect(remarks).toEqual([
    'resumes under other conditions (threads 2, now 3): the last bits may differ',
  ])
  expect(carriedOver).toEqual(['threads 2, now 3'])
})
