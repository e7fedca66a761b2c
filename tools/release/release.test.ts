import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { identityOf, withIdentity } from './identity.mjs'
import { publishingFaults } from './prepublish.mjs'

const repository = { type: 'git', url: 'git+https://example.org/them/theirs.git' }

describe('where the project lives', () => {
  test('is read from the URL of the repository', () => {
    const url = 'https://example.org/them/theirs'
    expect(identityOf({ repository })).toEqual({
      owner: 'them',
      name: 'theirs',
      url,
      gitUrl: repository.url,
    })
    expect(() => identityOf({ repository: { url: 'them/theirs' } })).toThrow('got "them/theirs"')
  })

  test('is written after the license, and replaces what was there', () => {
    const identity = identityOf({ repository })
    const manifest = { name: 'a', license: 'X', bugs: 'old', type: 'module' }
    const made = withIdentity(manifest, 'packages/a', identity)
    expect(Object.keys(made)).toEqual(['name', 'license', 'homepage', 'bugs', 'repository', 'type'])
    expect(made).toMatchObject({
      homepage: 'https://example.org/them/theirs/tree/main/packages/a#readme',
      bugs: 'https://example.org/them/theirs/issues',
      repository: { ...repository, directory: 'packages/a' },
    })
  })
})

test('a package that was not built, or holds leftovers, is not published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retable-prepublish-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const write = (file: string, text = '') => {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  write('package.json', JSON.stringify({ exports: { '.': { default: './dist/index.js' } } }))
  write('src/index.ts')
  expect(publishingFaults(folder)).toEqual(['./dist/index.js is missing: run npm run build'])
  write('dist/index.js')
  expect(publishingFaults(folder)).toEqual([])
  write('dist/page/bundle.js')
  expect(publishingFaults(folder)).toEqual([])
  write('dist/old/gone.js')
  write('dist/old/gone.d.ts')
  expect(publishingFaults(folder)).toEqual([
    'dist/old/gone.js has no source: delete dist and build again',
  ])
})
