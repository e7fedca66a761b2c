import { isRetableError } from '@retable/core/host'
import { expect, test } from 'vitest'
import { defineReproduction } from './define-reproduction.js'
import type { Reproduction } from './reproduction.js'
import type { Tier } from './tier.js'
import { defineUnit } from '../unit/unit.js'

const count = defineUnit({
  kind: 'count',
  version: 1,
  exact: true,
  run: () => ({ metrics: { n: 1 } }),
})

const tier: Tier = { name: 'quick', describe: 'x', settings: { steps: 3, name: 'y' }, seeds: [1] }

const base: Reproduction = {
  id: 'some-table',
  version: 1,
  title: 'Some table',
  source: { paper: 'Some paper' },
  protocol: {},
  metrics: [{ id: 'n', name: 'number', unit: '', better: 'equal' }],
  cells: [
    { id: 'a', row: 'a', paper: { n: 1 }, config: {} },
    { id: 'b', row: 'b', config: {} },
    { id: 'quoted', row: 'c', config: null },
  ],
  claims: [],
  deviations: [],
  tiers: [tier],
  plan: () => count({ config: {} }),
}

test('a whole reproduction comes back as it was', () => {
  expect(defineReproduction(base)).toBe(base)
})

const better = { test: 'better', metric: 'n', cell: 'a', than: 'b' } as const
const claim = { id: 'c', text: 'a beats b', cite: '§1' }

test.each<[string, Partial<Reproduction>, string]>([
  ['id', { id: 'Some Table' }, 'kebab-case'],
  ['version', { version: 0 }, 'version is a positive integer, found 0'],
  ['no cells', { cells: [] }, 'no cells'],
  [
    'cell twice',
    { cells: [base.cells[0]!, { ...base.cells[1]!, id: 'a' }] },
    'two cells are called "a"',
  ],
  [
    'place twice',
    { cells: [base.cells[0]!, { ...base.cells[1]!, row: 'a' }] },
    'cell "b" has the row',
  ],
  ['row labels', { rowHeads: ['S', 'Q'] }, '1 row labels, expected 2'],
  ['paper metric', { cells: [{ ...base.cells[0]!, paper: { m: 1 } }] }, 'unknown metric "m"'],
  ['claim cell', { claims: [{ ...claim, ...better, cell: 'd' }] }, 'unknown cell of claim "c" "d"'],
  ['claim on a quoted cell', { claims: [{ ...claim, ...better, than: 'quoted' }] }, '"quoted"'],
  ['claim metric', { claims: [{ ...claim, ...better, metric: 'm' }] }, 'unknown metric of claim'],
  ['claim margin', { claims: [{ ...claim, ...better, margin: -1 }] }, 'margin is at least 0'],
  [
    'trend x',
    { claims: [{ ...claim, test: 'trend', metric: 'n', cells: ['a', 'b'], x: [1] }] },
    'one x',
  ],
  [
    'order of one',
    { claims: [{ ...claim, test: 'improving', metric: 'n', cells: ['a'] }] },
    'fewer than two',
  ],
  [
    'ratio',
    { claims: [{ ...claim, test: 'ratio', metric: 'n', of: 'a', to: 'b' }] },
    'atLeast or atMost',
  ],
  ['part of all', { claims: [{ ...claim, test: 'all', of: [{ ...better, cell: 'e' }] }] }, '"e"'],
  ['tier', { tiers: [{ ...tier, name: 'Very big' }] }, 'tier "Very big" is not kebab-case'],
  ['tier twice', { tiers: [tier, tier] }, 'two tiers are called "quick"'],
  ['list of tiers', { tiers: [] }, 'leave it out for counts'],
  ['no seeds', { tiers: [{ ...tier, seeds: [] }] }, 'no seeds'],
  ['seed twice', { tiers: [{ ...tier, seeds: [1, 1] }] }, 'two seeds'],
  ['tier cell', { tiers: [{ ...tier, cells: ['z'] }] }, 'unknown cell "z"'],
  [
    'override',
    { overrides: { name: { help: 'no number', takes: 'count' } } },
    'override "name" is no number',
  ],
  [
    'number of an override',
    { overrides: { steps: { help: 'few', takes: 'count', most: 2 } } },
    '"steps" takes a whole number of at least 1 and at most 2, found 3 in tier "quick"',
  ],
  ['alpha', { alpha: 0.5 }, 'alpha'],
])('refuses a bad %s', (_name, change, sentence) => {
  let error: unknown
  try {
    defineReproduction({ ...base, ...change })
  } catch (thrown) {
    error = thrown
  }
  expect(isRetableError(error)).toBe(true)
  expect((error as Error).message).toContain(sentence)
})

test('a unit is refused with a bad kind, version, seed or cost', () => {
  const run = () => ({ metrics: {} })
  expect(() => defineUnit({ kind: 'Train', version: 1, run })).toThrow('kebab-case')
  expect(() => defineUnit({ kind: 'train', version: 0, run })).toThrow('version')
  expect(() => count({ config: {}, seed: 1.5 })).toThrow('seed is an integer or null, found 1.5')
  expect(() => count({ config: {}, cost: 0 })).toThrow('cost is a positive number, found 0')
})
