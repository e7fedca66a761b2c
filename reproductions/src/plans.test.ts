import type { Tier } from '@retable/harness'
import { scheduleFromSpec } from '@retable/optimizers'
import { expect, test } from 'vitest'
import { planOf, tiersFor, unitsOfKind } from './planned.test-suite.js'
import { reproductions } from './reproductions.js'
import type { EvaluateConfig, TrainConfig } from './units/configs.js'

const vgg = tiersFor('vgg-table3')
const alexnet = tiersFor('alexnet-table1')
const vggTables = ['vgg-table3', 'vgg-table4', 'vgg-table5', 'vgg-table6', 'vgg-table7']
const unitsOf = (ids: readonly string[], tier: Tier) =>
  ids.flatMap((id) => planOf(id, tier, 1).map(({ unit }) => unit))

test.each(vgg.all.map((tier) => [tier.name, tier] as const))(
  'Tables 3 to 7 train Table 3’s twelve nets and no other, in the %s tier',
  (_, tier) => {
    const ofTable3 = unitsOfKind(unitsOf(['vgg-table3'], tier), 'train-net')
    expect(ofTable3).toHaveLength(12)
    const all = unitsOfKind(unitsOf(vggTables, tier), 'train-net')
    expect(all.map(({ label }) => label).sort()).toEqual(ofTable3.map(({ label }) => label).sort())
  },
)

test('Tables 4 to 7 store posteriors once a net, scale and protocol', () => {
  const tests = unitsOfKind(unitsOf(vggTables, vgg.paper), 'evaluate-net')
  const names = tests.map(({ config, needs }) => {
    const { scale, protocol } = config as EvaluateConfig
    return `${needs['net']!.label} ${scale} ${protocol.kind}`
  })
  expect(new Set(names).size).toBe(names.length)
  // Dense: A and A-LRN at one Q; ten nets at three. Crops: D and E jittered at three.
  expect(names).toHaveLength(2 + 30 + 6)
  expect(names.filter((name) => name.endsWith('multiCrop')).sort()).toEqual(
    ['D', 'E'].flatMap((net) => [256, 384, 512].map((Q) => `${net}, S=[256;512] ${Q} multiCrop`)),
  )
})

test('the submission is seven nets over three scales each, with the same say', () => {
  const { unit } = planOf('vgg-table6', vgg.paper, 1).find(({ cell }) => cell.id === 'submission')!
  const of = Object.values(unit.needs).map(
    ({ needs, config }) => `${needs['net']!.label}/${(config as EvaluateConfig).scale}`,
  )
  expect(of).toEqual(
    [
      ['D, S=256', 224, 256, 288],
      ['D, S=384', 352, 384, 416],
      ['D, S=[256;512]', 256, 384, 512],
      ['C, S=256', 224, 256, 288],
      ['C, S=384', 352, 384, 416],
      ['E, S=256', 224, 256, 288],
      ['E, S=384', 352, 384, 416],
    ].flatMap(([net, ...scales]) => scales.map((Q) => `${net}/${Q}`)),
  )
})

test('both techniques on two nets: six dense tests and six of 50 crops, on the same images', () => {
  const { unit } = planOf('vgg-table6', vgg.reduced, 1).find(({ cell }) => cell.id === 'two-both')!
  const { cropLimit } = vgg.reduced.settings
  expect(unit.config).toEqual({ limit: cropLimit })
  const protocols = Object.values(unit.needs).map(({ config }) => config as EvaluateConfig)
  expect(protocols.filter(({ protocol }) => protocol.kind === 'dense')).toHaveLength(6)
  const crops = protocols.filter(({ protocol }) => protocol.kind === 'multiCrop')
  expect(crops.map(({ scale, protocol }) => [scale, 'grid' in protocol && protocol.grid])).toEqual([
    [32, 5],
    [48, 5],
    [64, 5],
    [32, 5],
    [48, 5],
    [64, 5],
  ])
  expect(crops.every(({ limit }) => limit === cropLimit)).toBe(true)
})

test('VGG’s tier of the paper is §3.1’s protocol', () => {
  const units = planOf('vgg-table3', vgg.paper, 1)
  const trainedAt = (id: string) =>
    units.find(({ cell }) => cell.id === id)!.unit.needs['net']!.config as TrainConfig
  const jittered = trainedAt('D-256-512')
  expect(jittered.net).toEqual({
    kind: 'vgg',
    variant: 'D',
    classes: 1000,
    inputSize: 224,
    widthScale: 1,
    initialization: 'paper',
    dropout: 0.5,
    pools: [1, 2, 3, 4, 5],
  })
  expect(jittered.input).toEqual({
    scale: [256, 512],
    crop: 224,
    flip: 0.5,
    color: true,
    pixels: 'levels',
  })
  expect(jittered.learning).toEqual({
    batchSize: 256,
    length: { steps: 370_000 },
    optimizer: { kind: 'sgd', form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'constant', learningRate: 0.001 },
    plateau: {
      rule: {
        kind: 'reduceOnPlateau',
        factor: 0.1,
        patience: 5,
        minLearningRate: expect.closeTo(1e-6, 12) as number,
      },
      metric: 'validationTop1',
    },
  })
  expect(jittered.validationData).toEqual({ kind: 'imagenet', split: 'val' })
  expect(jittered.startFrom).toMatchObject({ net: { kind: 'vgg', variant: 'D' }, layers: 'all' })
  expect(trainedAt('D-256').startFrom).toMatchObject({
    net: { kind: 'vgg', variant: 'A' },
    layers: 'vgg-pretraining',
  })
  expect(trainedAt('D-256').learning.schedule).toMatchObject({ learningRate: 0.01 })
  expect(trainedAt('A-LRN-256').startFrom).toBeNull()
  const { config } = units.find(({ cell }) => cell.id === 'D-256-512')!.unit
  expect(config).toMatchObject({ scale: 384, protocol: { kind: 'dense' }, limit: null })
})

test('AlexNet’s tier of the paper is §4’s and §5’s protocol', () => {
  const { unit } = planOf('alexnet-table1', alexnet.paper, 1)[0]!
  const { needs, config } = unit as unknown as {
    needs: { net: { config: TrainConfig } }
    config: object
  }
  expect(config).toMatchObject({
    scale: 256,
    square: true,
    protocol: { kind: 'tenCrop', size: 224 },
  })
  const { net, input, learning, validationData } = needs.net.config
  expect(net).toEqual({
    kind: 'alexnet',
    variant: 'two-tower',
    classes: 1000,
    inputSize: 224,
    widthScale: 1,
    initialization: 'paper',
    biasInit: 1,
    dropout: 0.5,
  })
  expect(input).toEqual({
    scale: [256, 256],
    crop: 224,
    flip: 0.5,
    color: true,
    pixels: 'levels',
    square: true,
    mean: 'image',
  })
  expect(learning).toMatchObject({
    batchSize: 128,
    optimizer: { form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'constant', learningRate: 0.01 },
    plateau: {
      rule: { factor: 0.1, minLearningRate: expect.closeTo(1e-5, 12) as number },
      metric: 'validationTop1',
    },
  })
  const { steps } = learning.length as { steps: number }
  expect((steps * 128) / 1_281_167).toBeCloseTo(90, 0)
  expect(validationData).toEqual({ kind: 'imagenet', split: 'val' })
})

test('one AlexNet a seed stands behind Tables 1 and 2, Figure 3 and the ablations', () => {
  const units = unitsOf(
    ['alexnet-table1', 'alexnet-table2', 'alexnet-figure3', 'alexnet-ablations'],
    alexnet.reduced,
  )
  const nets = unitsOfKind(units, 'train-net')
  expect(nets.filter(({ label, seed }) => label === 'AlexNet' && seed === 1)).toHaveLength(1)
  // That one, four more for Table 2, and ten with something taken away.
  expect(nets).toHaveLength(15)
})

test('the five nets are a seed’s own and four that draw otherwise; no other table takes those for seeds', () => {
  const { unit } = planOf('alexnet-table2', alexnet.reduced, 2).find(
    ({ cell }) => cell.id === 'five',
  )!
  const nets = Object.values(unit.needs).map((need) => need.needs['net']!)
  expect(nets.map(({ seed }) => seed)).toEqual([2, 2, 2, 2, 2])
  expect(nets.map(({ config }) => (config as TrainConfig).member)).toEqual([undefined, 1, 2, 3, 4])
})

test('each ablation differs from the net of the paper in what its name says', () => {
  const configs = new Map(
    planOf('alexnet-ablations', alexnet.reduced, 1).map(({ cell, unit }) => [
      cell.id,
      unit.needs['net']!.config as TrainConfig,
    ]),
  )
  const whole = configs.get('none')!
  const differs = (id: string) => {
    const { net, input, ...rest } = configs.get(id)!
    const { net: ownNet, input: ownInput, ...ownRest } = whole
    expect(rest).toEqual(ownRest)
    const changed = (now: object, before: object) =>
      Object.fromEntries(
        Object.entries(now).filter(
          ([name, value]) =>
            JSON.stringify(value) !== JSON.stringify((before as Record<string, unknown>)[name]),
        ),
      )
    return { ...changed(net, ownNet), ...changed(input, ownInput) }
  }
  expect(differs('lrn')).toEqual({ localResponseNorm: false })
  expect(differs('overlapping-pooling')).toEqual({ overlappingPooling: false })
  expect(differs('two-gpus')).toEqual({ variant: 'one-gpu' })
  expect(differs('pca-color')).toEqual({ color: false })
  expect(differs('conv3')).toEqual({ omitLayers: ['conv3'] })
  expect(differs('augmentation')).toEqual({ flip: 0, place: 'center' })
  expect(differs('dropout')).toEqual({ dropout: false })
})

test('Figure 1 searches the rate with a seed of no run that counts', () => {
  const units = planOf('alexnet-figure1', tiersFor('alexnet-figure1').reduced, 1).map(
    ({ unit }) => unit,
  )
  for (const unit of units) {
    const searched = Object.values(unit.needs)
    expect(searched.map(({ seed }) => seed)).toEqual(searched.map(() => 0))
    const rates = searched.map(
      ({ config }) =>
        ((config as TrainConfig).learning.schedule as { learningRate: number }).learningRate,
    )
    expect(rates).toEqual((unit.config as { rates: readonly number[] }).rates)
  }
})

test('every made cell of every tier can be planned, and every claim is made of made cells', () => {
  for (const { id, tiers, claims, cells } of reproductions) {
    for (const tier of tiers ?? []) {
      expect(planOf(id, tier, 1), `${id} ${tier.name}`).toHaveLength(
        cells.filter(({ config }) => config !== null).length,
      )
    }
    for (const claim of claims) {
      expect(claim.text, `${id} ${claim.id}`).not.toBe('')
      expect(claim.cite, `${id} ${claim.id}`).toMatch(/^(§\d|Table \d|Figure \d)/)
    }
  }
})

test('the published schedules of §3.3’s nets: stages, batches, and only the kernels’ rate divided', () => {
  const { paper } = tiersFor('alexnet-cifar-lrn')
  const stagesOf = (id: string) => {
    const { unit } = planOf('alexnet-cifar-lrn', paper, 1).find(({ cell }) => cell.id === id)!
    const stages: TrainConfig[] = []
    for (let net = unit.needs['net']; net; net = net.needs['start']) {
      stages.unshift(net.config as TrainConfig)
    }
    return stages
  }
  const rate = ({ learning }: TrainConfig, name: string) => {
    const { groups } = learning.optimizer as unknown as {
      groups: { names: string[]; learningRateFactor: number }[]
    }
    const { learningRate } = learning.schedule as { learningRate: number }
    return learningRate * groups.find(({ names }) => names[0] === name)!.learningRateFactor
  }
  const table = (id: string) =>
    stagesOf(id).map((stage) => [
      (stage.learning.length as { epochs: number }).epochs,
      stage.limit,
      Number(rate(stage, 'conv*/kernel').toPrecision(3)),
      rate(stage, '*/bias'),
    ])
  expect(table('13pct')).toEqual([
    [100, 40_000, 1e-3, 2e-3],
    [40, 50_000, 1e-3, 2e-3],
    [10, 50_000, 1e-4, 2e-3],
    [10, 50_000, 1e-5, 2e-3],
  ])
  expect(table('11pct').map(([epochs]) => epochs)).toEqual([350, 150, 10, 10])
  // Each stage after the first draws from a stream of its own.
  expect(stagesOf('13pct').map(({ stage }) => stage)).toEqual([undefined, 2, 3, 4])
  // The clean comparison: the same net but for its norms.
  const [without, withNorms] = [stagesOf('without'), stagesOf('with')]
  expect(without[0]!.net).toEqual({ ...withNorms[0]!.net, localResponseNorm: false })
  expect(without.map(({ learning }) => learning)).toEqual(withNorms.map(({ learning }) => learning))
})

test('Caffe’s recipe: 4,000 updates at 0.001, 1,000 at a tenth, biases at twice the rate', () => {
  const { paper } = tiersFor('caffe-quick')
  const { unit } = planOf('caffe-quick', paper, 1).find(({ cell }) => cell.id === 'whole')!
  const { learning } = unit.needs['net']!.config as TrainConfig
  expect(learning).toEqual({
    batchSize: 100,
    length: { steps: 5000 },
    optimizer: {
      kind: 'sgd',
      form: 'krizhevsky',
      momentum: 0.9,
      weightDecay: 0.004,
      groups: [{ names: ['*/bias'], learningRateFactor: 2 }],
    },
    schedule: { kind: 'multiStep', learningRate: 0.001, milestones: [4000] },
  })
  const schedule = scheduleFromSpec(learning.schedule)
  expect([0, 3999, 4000, 4999].map((step) => schedule(step))).toEqual([
    0.001,
    0.001,
    expect.closeTo(1e-4, 12),
    expect.closeTo(1e-4, 12),
  ])
})
