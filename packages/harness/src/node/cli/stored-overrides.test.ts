import { expect, test } from 'vitest'
import { toyTable1 } from '../testing/toy-paper.js'
import { storedOverrides } from './stored-overrides.js'

const madeBy = (...words: string[]) => ({ command: ['toy', ...words] })

test('what command lines have changed of the settings, that of most results first', () => {
  const results = [
    madeBy('run', 'toy-table1', '--steps', '3', '--backend', 'cpu'),
    ...Array.from({ length: 2 }, () => madeBy('run', 'toy-table1', '--steps', '7')),
    madeBy('run', 'toy-table1'),
    madeBy('run', 'toy-table1', '--tier', 'imagenet', '--steps', '9'),
    madeBy('run', 'toy-table2', '--steps', '4'),
    madeBy('run', 'toy-table1', '--pause', '4'),
  ]
  expect(storedOverrides(results, toyTable1, 'synthetic')).toEqual([{ steps: 7 }, { steps: 3 }])
  expect(storedOverrides(results, toyTable1, 'imagenet')).toEqual([{ steps: 9 }])
})
