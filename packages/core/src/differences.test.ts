import { expect, test } from 'vitest'
import { differences } from './differences.js'

test('names each place that differs, and nothing else', () => {
  const before = { config: { rate: 0.1, net: { name: 'a', sizes: [1, 2] } }, seed: 1, gone: true }
  const now = { config: { rate: 0.01, net: { name: 'a', sizes: [1, 3] } }, seed: 1, new: 'x' }
  expect(differences(before, now)).toEqual([
    'config.rate 0.1, now 0.01',
    'config.net.sizes [1,2], now [1,3]',
    'gone true, now absent',
    'new absent, now "x"',
  ])
  expect(differences(before, JSON.parse(JSON.stringify(before)))).toEqual([])
})

test('hashes are cut short, numbers are distinguished from text, and an object from a value', () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
  expect(differences({ data: a }, { data: b })).toEqual(['data aaaaaaaaaaaa, now bbbbbbbbbbbb'])
  expect(differences({ n: 1 }, { n: '1' })).toEqual(['n 1, now "1"'])
  expect(differences({ n: { m: 1 } }, { n: null })).toEqual(['n {"m":1}, now null'])
})
