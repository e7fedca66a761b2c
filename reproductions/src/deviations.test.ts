import type { Deviation, Tier } from '@retable/harness'
import { modelFromSpec } from '@retable/models'
import { expect, test } from 'vitest'
import { planOf, tiersFor } from './planned.test-suite.js'
import { reproductions } from './reproductions.js'
import type { EvaluateConfig, TrainConfig } from './units/configs.js'

const deviationsOf = (id: string, tier: Tier, settings: Tier['settings']): readonly Deviation[] =>
  reproductions
    .find((one) => one.id === id)!
    .deviations.filter((one) => one.when === undefined || one.when({ tier, settings }))

const textOf = (id: string, tier: Tier, settings: Tier['settings'] = tier.settings): string =>
  deviationsOf(id, tier, settings)
    .map(({ what, why, effect }) => `${what} ${why} ${effect}`)
    .join('\n')

const grouped = (count: number) => count.toLocaleString('en-US')

/** A table's tiers but for the paper's. */
const reducedOf = (id: string) => tiersFor(id).all.filter(({ paper }) => !paper)

test.each([
  'vgg-table3',
  'vgg-table4',
  'vgg-table5',
  'vgg-table6',
  'vgg-table7',
  'vgg-5x5',
  'alexnet-table1',
  'alexnet-table2',
  'alexnet-ablations',
  'alexnet-figure3',
])(
  '%s says of each reduced tier for how long, in which batches and at which rate nets learn',
  (id) => {
    for (const tier of reducedOf(id)) {
      const nets: TrainConfig[] = []
      const visit = ({ config, needs, definition }: ReturnType<typeof planOf>[number]['unit']) => {
        if (definition.kind === 'train-net') nets.push(config as TrainConfig)
        Object.values(needs).forEach(visit)
      }
      planOf(id, tier, 1).forEach(({ unit }) => visit(unit))
      expect(nets.length).toBeGreaterThan(0)
      const text = textOf(id, tier)
      for (const { learning } of nets) {
        const { steps } = learning.length as { readonly steps: number }
        expect(text, tier.name).toContain(
          `${grouped(steps)} updates of ${learning.batchSize} images`,
        )
        const schedule = learning.schedule as { schedule?: { learningRate: number } }
        expect(text, tier.name).toContain(`rises to ${schedule.schedule!.learningRate} `)
      }
    }
  },
)

test.each(['vgg-table3', 'vgg-5x5', 'alexnet-table1', 'alexnet-ablations', 'vgg-table5'])(
  '%s says on how many images nets are tested, if not on all',
  (id) => {
    for (const tier of tiersFor(id).all) {
      const { testLimit, cropLimit } = tier.settings as { testLimit: number; cropLimit: number }
      const limit = id === 'vgg-table5' ? cropLimit : testLimit
      const found = /the first ([\d,]+) of 10,000 test images/.exec(textOf(id, tier))?.[1]
      expect(found, tier.name).toBe(limit === 0 ? undefined : grouped(limit))
    }
  },
)

test('the ablations say how many training images the gap is measured on', () => {
  for (const tier of tiersFor('alexnet-ablations').all) {
    const { unit } = planOf('alexnet-ablations', tier, 1)[0]!
    const { limit } = unit.needs['fitted']!.config as EvaluateConfig
    expect(textOf('alexnet-ablations', tier)).toContain(`is measured on ${grouped(limit!)} of them`)
  }
})

test('B against 5×5 layers names no deviation of nets that start from others', () => {
  for (const tier of tiersFor('vgg-5x5').all) {
    expect(textOf('vgg-5x5', tier), tier.name).not.toMatch(/variance 10|another scale|taken over/)
  }
})

test('the ablations’ nets are as large as their deviations say', () => {
  for (const tier of tiersFor('alexnet-ablations').all) {
    const text = textOf('alexnet-ablations', tier)
    const nets = new Map(
      planOf('alexnet-ablations', tier, 1).map(({ cell, unit }) => [
        cell.id,
        modelFromSpec((unit.needs['net']!.config as TrainConfig).net),
      ]),
    )
    const inputsOf = (id: string) =>
      nets
        .get(id)!
        .summary()
        .rows.find(({ kind }) => kind === 'flatten')!
        .outputShape.at(-1)!
    const changed = ['none', 'conv5', ...(tier.paper ? [] : ['overlapping-pooling'])]
    for (const id of changed) {
      expect(text, id).toContain(grouped(inputsOf(id)))
      expect(text, id).toContain(grouped(nets.get(id)!.parameterCount))
    }
    // At the paper's size both kinds of pools give the same net.
    if (tier.paper) {
      expect(nets.get('overlapping-pooling')!.parameterCount).toBe(nets.get('none')!.parameterCount)
    }
    for (const id of ['conv2', 'conv3', 'conv4']) expect(inputsOf(id)).toBe(inputsOf('none'))
  }
})

test('the four-layer nets’ deviations give the stages’ epochs, updates and images', () => {
  const [synthetic, cifar10] = reducedOf('alexnet-cifar-lrn')
  const { paper } = tiersFor('alexnet-cifar-lrn')
  expect(textOf('alexnet-cifar-lrn', paper)).toContain('312 updates an epoch')
  expect(textOf('alexnet-cifar-lrn', paper)).toContain('390 on all')
  expect(textOf('alexnet-cifar-lrn', paper)).toContain('the mean of the 40,000 images')
  expect(textOf('alexnet-cifar-lrn', cifar10!)).toContain('10, 4, 1, 1 in the 13% net')
  expect(textOf('alexnet-cifar-lrn', synthetic!)).toContain(
    '2,500 synthetic images to learn from and 500 to be tested on, batches of 64',
  )
})

test('the class notes’ AlexNet leaves out images that fill no batch; VGG’s batches are all full', () => {
  const cifar10 = (id: string) => textOf(id, tiersFor(id).all.at(-1)!)
  expect(cifar10('alexnet-cifar10')).toContain('781 updates an epoch in place of 782')
  expect(cifar10('vgg-cifar10')).not.toContain('fill no batch')
  expect(textOf('vgg-cifar10', tiersFor('vgg-cifar10').all[0]!)).toContain(
    '8 epochs in place of 30, batches of 32 in place of 64',
  )
})

test('a claim that is judged by default has the five seeds that can decide it, in tiers of CIFAR-10', () => {
  for (const { id, tiers = [], claims } of reproductions) {
    for (const { name, seeds, settings } of tiers) {
      if (claims.length === 0 || (settings['train'] as { kind: string }).kind !== 'cifar10')
        continue
      expect(seeds.length, `${id} ${name}`).toBeGreaterThanOrEqual(5)
    }
  }
})

test('at changed settings a deviation says that its numbers are the tier’s own', () => {
  const [tier] = tiersFor('caffe-quick').all
  const own = '300 updates in place of 5,000'
  const changed = textOf('caffe-quick', tier!, { ...tier!.settings, steps: 30 })
  expect(changed).toContain(own)
  expect(changed).toContain('but for the settings that were changed: He’s weights')
  expect(textOf('caffe-quick', tier!)).toContain(own)
  expect(textOf('caffe-quick', tier!)).not.toContain('but for')
})
