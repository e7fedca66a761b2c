import { expect, test } from 'vitest'
import { changedText, seedsText } from './setting-text.js'

test('changed settings are the flags that make them so, with the tier’s own values', () => {
  expect(
    changedText({
      overridden: [
        { name: 'steps', value: 420, from: 600, zeroIsAll: false },
        { name: 'testLimit', value: 100, from: 0, zeroIsAll: true },
        { name: 'grid', value: 3, from: 0, zeroIsAll: false },
        { name: 'cropLimit', value: 0, from: null, zeroIsAll: true },
      ],
    }),
  ).toBe('--steps 420 (600), --test-limit 100 (all), --grid 3 (0), --crop-limit 0 (unset)')
})

test('one seed is a seed', () => {
  expect(seedsText([11])).toBe('Seed 11')
  expect(seedsText([1, 2])).toBe('Seeds 1, 2')
})
