import { expect, test } from 'vitest'
import { toyTable1 } from '../node/testing/toy-paper.js'
import type { StoredResult } from '../unit/result.js'
import { planReproduction } from './plan.js'
import { studyOf } from './study.js'

const plan = planReproduction(toyTable1, { seeds: [1, 2, 3, 4, 5] })

/** A result that a table made on a day when these seeds were planned. */
const result = (reproduction: string, day: number, seeds: readonly number[]) =>
  ({
    settings: { reproduction, tier: 'synthetic', seeds, overrides: {} },
    timing: { startedAt: `2026-11-0${day}`, finishedAt: `2026-11-0${day}` },
    seed: seeds.at(-1)!,
  }) as unknown as StoredResult

const added = expect.stringMatching(/^Seeds 4, 5 were added after the first results/) as string

test.each([
  ['all seeds from the start', [result('toy-table1', 1, [1, 2, 3, 4, 5])], []],
  [
    'two seeds later',
    [result('toy-table1', 2, [1, 2, 3, 4, 5]), result('toy-table1', 1, [1])],
    [added],
  ],
  // A table whose every unit another one has made has no result of its own.
  ['all seeds from the start of another table', [result('toy-table2', 1, [1, 2, 3, 4, 5])], []],
  [
    'two seeds of another table later',
    [result('toy-table2', 2, [1, 2, 3, 4, 5]), result('toy-table2', 1, [1])],
    [added],
  ],
  [
    'another table’s seed 1 before',
    [result('toy-table2', 1, [1]), result('toy-table1', 2, [1, 2, 3, 4, 5])],
    [],
  ],
  ['nothing made', [], []],
])('seeds that were added after results are named: %s', (_, results, warnings) => {
  expect(studyOf(plan, results).warnings).toEqual(warnings)
})
