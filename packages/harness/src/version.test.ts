import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { harnessVersion } from './version.js'

test('the version that reports name is that of package.json (`npm run version` keeps them equal)', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  expect(harnessVersion).toBe((JSON.parse(text) as { version: string }).version)
})
