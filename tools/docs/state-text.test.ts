import { expect, test } from 'vitest'
import { largestRun, statesOf } from '../../docs/build/state-text.mjs'

/** A report of one cell and its claims' verdicts. */
const report = (
  tier: string | undefined,
  seeds: readonly number[],
  verdicts: readonly string[],
) => ({
  ...(tier === undefined ? {} : { tier }),
  at: tier === 'gpu' ? '--steps 420' : '',
  report: {
    cells: [{ state: seeds.length > 0 || tier === undefined ? 'made' : 'missing', seeds, numbers: [] }], // prettier-ignore
    claims: verdicts.map((verdict, i) => ({
      ...{ id: `claim-${i}`, verdict, reason: 'a tie', n: seeds.length, pAgainst: 0.01 },
      // Of two contradicted claims PyTorch has run the second.
      references: i === 0 ? [] : [{ implementation: 'PyTorch', judged: { verdict, n: 5 } }],
    })),
    comparesWithPaper: false,
    references: [],
    overridden: [],
  },
})

test('a table without results, with some and with all says which tiers were run', () => {
  const none = [report('synthetic', [], []), report('imagenet', [], [])]
  expect(statesOf(none)).toEqual(['not run'])
  const some = [
    report('synthetic', [], []),
    report('cifar10', [1, 2, 3, 4, 5], ['supported', 'inconclusive', 'supported']),
    report('imagenet', [], []),
  ]
  expect(statesOf(some)).toEqual([
    'cifar10, 5 seeds<br>2 supported: claim-0, claim-2<br>open: claim-1 (a tie)',
    'not run: `synthetic`, `imagenet`',
  ])
  const all = [report('cifar10', [1], ['inconclusive']), report('gpu', [1, 2], ['supported'])]
  expect(statesOf(all)).toEqual([
    'cifar10, 1 seed<br>open: claim-0 (a tie)',
    'gpu at `--steps 420`, 2 seeds<br>1 supported: claim-0',
  ])
  expect(statesOf([report(undefined, [], ['supported'])])).toEqual(['counted: 1 supported'])
  expect(statesOf([report('synthetic', [1], ['contradicted', 'contradicted'])])).toEqual([
    'synthetic, 1 seed<br>2 contradicted: claim-0 (by ours only), claim-1 (by PyTorch too)',
  ])
})

test('a larger tier hides a smaller one only with enough seeds to judge a claim', () => {
  const five = { id: 't', ...report('synthetic', [1, 2, 3, 4, 5], ['supported']) }
  const one = { id: 't', ...report('gpu', [1], ['inconclusive']) }
  const more = { id: 't', ...report('cifar10', [1, 2, 3, 4, 5], ['inconclusive']) }
  const state = (...reports: object[]) => largestRun('t', { reports })
  expect(state(five, one)).toBe(five)
  expect(state(five, more, one)).toBe(more)
  expect(state(one)).toBe(one)
})
