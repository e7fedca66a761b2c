import { readFileSync } from 'node:fs'
import { exactResultsOf, planOf, tiersFor } from './planned.test-suite.js'
import { expect, test } from 'vitest'
import { reproductions } from './reproductions.js'

const exact = reproductions.filter(({ tiers }) => tiers === undefined)

test('every reproduction has a target of its own', () => {
  const project = JSON.parse(readFileSync(new URL('../project.json', import.meta.url), 'utf8')) as {
    targets: Record<string, { command: string }>
  }
  for (const { id } of reproductions) {
    expect(project.targets[id]?.command).toBe(`node reproductions/dist/bin/retable.js run ${id}`)
  }
})

test.each(exact.map((one) => [one.id, one] as const))(
  '%s: what the nets count to is what the paper prints, cell by cell',
  async (_, reproduction) => {
    for (const { cell, metrics } of await exactResultsOf(reproduction)) {
      for (const [metric, value] of Object.entries(cell.paper ?? {})) {
        const ours = metrics[metric]!
        expect(metric === 'millions' ? Math.round(ours) : ours, `${cell.id} ${metric}`).toBe(value)
      }
    }
  },
)

test('the exact parameter counts of VGG', async () => {
  const counts = await exactResultsOf(reproductions.find(({ id }) => id === 'vgg-table2')!)
  expect(counts.map(({ metrics }) => metrics['parameters'])).toEqual([
    132_863_336, 132_863_336, 133_047_848, 133_638_952, 138_357_544, 143_667_240,
  ])
})

test('Table 3 has the paper’s twelve trained cells, and its nets hand over as §3.1 says', () => {
  const units = planOf('vgg-table3', tiersFor('vgg-table3').reduced, 1)
  expect(units.map(({ cell }) => cell.id)).toEqual([
    ...['A-256', 'A-LRN-256', 'B-256', 'C-256', 'D-256', 'E-256'],
    ...['C-384', 'D-384', 'E-384', 'C-256-512', 'D-256-512', 'E-256-512'],
  ])
  const chainOf = (id: string) => {
    const chain: string[] = []
    let unit = units.find(({ cell }) => cell.id === id)!.unit.needs['net']
    for (; unit; unit = unit.needs['start']) chain.push(unit.label)
    return chain
  }
  expect(chainOf('D-256-512')).toEqual(['D, S=[256;512]', 'D, S=384', 'D, S=256', 'A, S=256'])
  expect(chainOf('A-LRN-256')).toEqual(['A-LRN, S=256'])
})

test('within a tier, nothing but the net, the scale and the start differs between Table 3’s cells', () => {
  const configs = planOf('vgg-table3', tiersFor('vgg-table3').reduced, 1).map(({ unit }) => {
    const {
      net,
      input,
      learning,
      startFrom: _,
      ...rest
    } = unit.needs['net']!.config as never as {
      net: { variant: string }
      input: { scale: readonly number[] }
      learning: { schedule: unknown }
      startFrom: unknown
    }
    const { variant: _variant, ...sameNet } = net
    const { scale: _scale, ...sameInput } = input
    // The rate of nets that start from themselves at another scale is another.
    const { schedule: _schedule, ...sameRule } = learning
    return { ...rest, sameNet, sameInput, sameRule }
  })
  for (const config of configs) expect(config).toEqual(configs[0])
})
