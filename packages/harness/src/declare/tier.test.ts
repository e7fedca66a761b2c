import { expect, test } from 'vitest'
import { comparesWithPaper, tierNamesOf, tierOf, type Tier } from './tier.js'

const tier = (name: string): Tier => ({ name, describe: name, settings: {}, seeds: [1] })
const table = { id: 'table', tiers: [tier('quick'), tier('whole')] }

test('a tier is found by its name, and is the first without one', () => {
  expect(tierOf(table, undefined)).toBe(table.tiers[0])
  expect(tierOf(table, 'whole')).toBe(table.tiers[1])
  expect(tierOf({ id: 'count' }, 'whole')).toBeUndefined()
})

test('a tier that is not there is an error with the nearest name, or with all', () => {
  expect(() => tierOf(table, 'hole')).toThrow('unknown tier "hole"; did you mean "whole"?')
  expect(() => tierOf(table, 'imagenet')).toThrow('table has no imagenet tier; it has quick, whole')
})

test('names of several lists keep the order of each', () => {
  expect(
    tierNamesOf([
      ['synthetic', 'imagenet'],
      [],
      ['synthetic', 'cifar10', 'gpu', 'imagenet'],
      ['synthetic', 'imagenet', 'larger'],
      ['first', 'synthetic'],
    ]),
  ).toEqual(['first', 'synthetic', 'cifar10', 'gpu', 'imagenet', 'larger'])
})

test('numbers compare for counts, and in the paper’s tier unless a setting was changed', () => {
  expect(comparesWithPaper(undefined, 0)).toBe(true)
  expect(comparesWithPaper({ paper: true }, 0)).toBe(true)
  expect(comparesWithPaper({ paper: true }, 1)).toBe(false)
  expect(comparesWithPaper({}, 0)).toBe(false)
})
