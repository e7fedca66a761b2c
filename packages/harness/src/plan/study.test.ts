import { expect, test } from 'vitest'
import { toyTable1 } from '../node/testing/toy-paper.js'
import type { StoredResult } from '../unit/result.js'
import { planReproduction } from './plan.js'
import { studyOf } from './study.js'

const behind = (results: readonly StoredResult[]) =>
  results.map((result) => ({ cell: 'A', result }))

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
  expect(studyOf(plan, behind(results)).warnings).toEqual(warnings)
})

const looks = { looks: [6, 8], level: 0.03 }
const stating = (reproduction: string, day: number, seeds: readonly number[]) => {
  const made = result(reproduction, day, seeds)
  return { ...made, settings: { ...made.settings, sequential: looks } }
}

test('the looks of another table decide the claims on the cells that they have grown', () => {
  const grown = planReproduction(toyTable1, { seeds: [1, 2, 3, 4, 5, 6] })
  const study = studyOf(grown, [
    { cell: 'A', result: result('toy-table1', 1, [1, 2, 3, 4, 5]) },
    { cell: 'B', result: stating('toy-table2', 2, [1, 2, 3, 4, 5, 6]) },
  ])
  expect(study.sequential).toEqual({ ...looks, seeds: [1, 2, 3, 4, 5, 6] })
  expect(study.grownElsewhere).toEqual(new Set(['B']))
})

test('own looks decide every claim, and seeds that another table had made before them are named', () => {
  const grown = planReproduction(toyTable1, { seeds: [1, 2, 3, 4, 5, 6] })
  const study = studyOf(
    grown,
    behind([
      result('toy-table2', 1, [1, 2, 3, 4, 5]),
      stating('toy-table1', 2, [1, 2, 3, 4, 5, 6]),
    ]),
  )
  expect(study.grownElsewhere).toBeUndefined()
  expect(study.warnings).toEqual([
    expect.stringMatching(/^The looks at 6, 8 seeds were stated after 1 seed had been run/),
  ])
})
