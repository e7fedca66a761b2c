import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/store-helpers.js'
import { readSittings, writeSittings } from './sittings.js'

const noted = {
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 12.5,
  sittings: 2,
  identity: { backend: 'wasm', data: {} },
  machine: { processor: 'a', threads: 2 },
  carriedOver: ['threads 1, now 2'],
}

test('a note is read back; whatever else stands in its file counts as none', () => {
  const dir = temporaryFolder()
  expect(readSittings(dir)).toBeUndefined()
  writeSittings(dir, noted)
  expect(readSittings(dir)).toEqual(noted)
  const file = join(dir, 'sittings.json')
  const whole = readFileSync(file, 'utf8')
  for (const touched of [
    ...['', 'null', '3', '[]', '{}', whole.slice(0, -5)],
    ...[{ identity: null }, { machine: null }, { seconds: null }, { carriedOver: 'x' }].map(
      (change) => JSON.stringify({ ...noted, ...change }),
    ),
  ]) {
    writeFileSync(file, touched)
    expect(readSittings(dir), touched).toBeUndefined()
  }
})
