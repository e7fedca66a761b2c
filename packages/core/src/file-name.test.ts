import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.js'

test('a plain name is kept', () => {
  for (const name of ['curves-loss', 'a', '0', 'vgg-table3', 'x'.repeat(80)]) {
    expect(fileNameOf(name)).toBe(name)
  }
})

const foreign = [
  ...[
    'x/../../../escaped',
    '..',
    '.',
    '/',
    '',
    ' ',
    'a b',
    'A',
    'ä',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
  ],
  ...[
    'con',
    'nul',
    'a--b',
    '-a',
    'a-',
    'a.b',
    'x'.repeat(81),
    'x'.repeat(5000),
    '深度',
    'a-0123456789abcdef',
  ],
]

test.each(foreign)('%j becomes a name without a path', (name) => {
  const found = fileNameOf(name)
  expect(found).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  expect(found.length).toBeLessThanOrEqual(80)
  expect(found).toMatch(/(^|-)[0-9a-f]{16}$/)
})

test('different names have different file names, even one that copies another’s', () => {
  const names = [...foreign, 'a', 'b', 'a-b', fileNameOf('A'), fileNameOf('..')]
  expect(new Set(names.map(fileNameOf)).size).toBe(names.length)
})

test('the digits are of the SHA-256', () => {
  // printf A | sha256sum
  expect(fileNameOf('A')).toBe('a-559aead08264d579')
})
