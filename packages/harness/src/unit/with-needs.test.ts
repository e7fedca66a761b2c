import { expect, test } from 'vitest'
import { defineUnit } from './unit.js'
import { withNeeds } from './with-needs.js'

const net = defineUnit<{ readonly name: string }>({
  kind: 'net',
  version: 1,
  run: () => ({ metrics: {} }),
})
const unit = (label: string, needs = {}) =>
  net({ label, cost: 1, seed: null, config: { name: label }, needs })

test('a unit comes before what it needs, and what several need comes once', () => {
  const a = unit('a')
  const b = unit('b', { start: a })
  const c = unit('c', { start: a, base: b })
  expect(withNeeds([c, b]).map(({ label }) => label)).toEqual(['c', 'a', 'b'])
  expect(withNeeds([unit('d', { start: unit('a') }), a]).map(({ label }) => label)).toEqual([
    'd',
    'a',
  ])
})
