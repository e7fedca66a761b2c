import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, disposeParams, mapParams } from '@retable/core'
import { synthetic } from '@retable/datasets'
import type { NeededResult, Progress, UnitContext, UnitOutput } from '@retable/harness'
import { modelFromSpec, saveSafetensors } from '@retable/models'
import { packPrediction } from '@retable/training'
import type { Prediction } from '@retable/training'
import { useBackend } from '@retable/backends'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareTests } from './compare-tests.js'
import { epochsTo } from './epochs-to.js'
import { viewsOf } from './configs.js'
import { evaluateNet } from './evaluate-net.js'
import { chanceSpread, colorOf, spreadOf } from './first-kernels.js'
import { firstOf, fusePredictions, readPrediction } from './fuse-predictions.js'
import type { Learning } from './learning.js'
import { curveOf, inPasses } from './learning.js'
import { plateauFromSpec, scheduleFromSpec } from '@retable/optimizers'
import { learningOf } from '../shared-plan.js'
import { bestTrial, tryRate } from './train-at-best-rate.js'
import { trainNet } from './train-net.js'
import type { TrainConfig } from './configs.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-units-'))
beforeAll(async () => void (await useBackend('cpu')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A net that trains in a moment, but for how it learns. */
const smallNet = {
  net: {
    kind: 'cifarNet',
    variant: '18pct',
    classes: 10,
    inputSize: 32,
    widthScale: 1 / 16,
    initialization: 'he',
  },
  data: { kind: 'synthetic', split: 'train', seed: 1, size: 32 },
  limit: 50,
  validation: 0.2,
  input: { scale: [32, 32], crop: 32, flip: 0, color: false, pixels: 'levels' },
  startFrom: null,
} as const satisfies Omit<TrainConfig, 'learning'>

/** Posteriors of examples 0, 1, … as a stored test has them. */
const stored = (name: string, rows: readonly (readonly number[])[], labels: readonly number[]) => {
  const prediction: Prediction = {
    count: rows.length,
    classes: rows[0]!.length,
    posteriors: Float32Array.from(rows.flat()),
    losses: Float32Array.from(rows, (row, i) => -Math.log(row[labels[i]!]!)),
    labels: Int32Array.from(labels),
    indices: Uint32Array.from(rows, (_, i) => i),
  }
  const path = join(folder, name)
  const packed = packPrediction(prediction)
  writeFileSync(path, saveSafetensors(packed))
  tf.dispose(packed)
  return { metrics: {}, curve: [], extra: {}, seed: 1, artifacts: { posteriors: path } }
}

const fuseOf = (needs: Record<string, NeededResult>, limit: number | null) =>
  fusePredictions.definition.run({ config: { limit }, needs } as unknown as UnitContext<{
    limit: number | null
  }>)

test('stored posteriors are averaged: worked by hand', async () => {
  // Each net errs on one example of three; their average on none of the first two and on the third.
  const labels = [0, 1, 2]
  const a = stored(
    'a',
    [
      [0.4, 0.5, 0.1],
      [0.1, 0.8, 0.1],
      [0.6, 0.3, 0.1],
    ],
    labels,
  )
  const b = stored(
    'b',
    [
      [0.7, 0.2, 0.1],
      [0.5, 0.4, 0.1],
      [0.5, 0.1, 0.4],
    ],
    labels,
  )
  const before = tf.memory().numTensors
  const { metrics, extra } = await fuseOf({ a, b }, null)
  expect(tf.memory().numTensors).toBe(before)
  // Averages (0.55, 0.35, 0.1), (0.3, 0.6, 0.1), (0.55, 0.2, 0.25).
  expect(metrics['top1']).toBeCloseTo(100 / 3, 10)
  expect(metrics['loss']).toBeCloseTo(-(Math.log(0.55) + Math.log(0.6) + Math.log(0.25)) / 3, 6)
  expect(extra!['confusion']).toEqual([1, 0, 0, 0, 1, 0, 1, 0, 0])
  const first = await fuseOf({ a, b }, 2)
  expect(first.metrics).toMatchObject({ top1: 0, top5: 0 })
  expect((await fuseOf({ a }, 2)).metrics['top1']).toBe(50)
})

test('the first examples of a prediction are its first rows', async () => {
  const { artifacts } = stored(
    'c',
    [
      [0.9, 0.1],
      [0.2, 0.8],
    ],
    [0, 1],
  )
  const prediction = await readPrediction(artifacts.posteriors)
  const { count, posteriors, labels, indices } = firstOf(prediction, 1)
  expect([count, [...posteriors].map((p) => p.toFixed(2)), [...labels], [...indices]]).toEqual([
    1,
    ['0.90', '0.10'],
    [0],
    [0],
  ])
  expect(firstOf(prediction, 5)).toBe(prediction)
})

test('epochs to a level: interpolated, none where it is not reached', () => {
  const curve = [
    { epoch: 1, trainTop1: 60 },
    { epoch: 2, trainTop1: 20 },
    { epoch: 3, trainTop1: 40 },
  ]
  expect(epochsTo(curve, 30)).toBe(1.75)
  expect(epochsTo(curve, 20)).toBe(2)
  expect(epochsTo(curve, 70)).toBe(1)
  expect(epochsTo(curve, 10)).toBeUndefined()
})

test('the best rate is that of the fewest epochs; where none got there, of the least error', () => {
  const slow = { rate: 0.1, epochs: 9, least: 20 }
  const fast = { rate: 0.2, epochs: 4, least: 24 }
  const never = { rate: 0.3, epochs: null, least: 26 }
  expect(bestTrial([slow, never, fast])).toBe(fast)
  expect(bestTrial([{ ...never, least: 40 }, never])).toBe(never)
  expect(() => bestTrial([])).toThrow(/no rates/)
})

test('a training that diverges is a net that learned nothing, and counts in every test of it', async () => {
  const logged: string[] = []
  const contextOf = <C>(
    config: C,
    needs: Record<string, NeededResult> = {},
  ): UnitContext<never> => {
    const workDir = mkdtempSync(join(folder, 'diverged-'))
    return {
      config,
      needs,
      random: createRandom(1),
      workDir,
      artifact: (name: string) => join(workDir, name),
      data: async () => ({ dataset: synthetic({ seed: 1, length: 20 }) }),
      identity: () => ({}),
      log: (line: string) => logged.push(line),
      point: () => undefined,
      progress: () => undefined,
      checkpointMinutes: 5,
      workers: 0,
    } as unknown as UnitContext<never>
  }
  const before = tf.memory().numTensors
  // A rate that is harmless for two updates and too high from the third on.
  const milestones = {
    kind: 'multiStep',
    learningRate: 1e-4,
    milestones: [2],
    factor: 1e30,
  } as const
  const config: TrainConfig = {
    ...smallNet,
    limit: null,
    learning: {
      batchSize: 4,
      length: { steps: 6 },
      optimizer: { kind: 'sgd', momentum: 0 },
      schedule: milestones,
    },
  }
  const made = await trainNet.definition.run(contextOf(config))
  expect(made.extra!['diverged']).toMatch(/^(the loss is|parameter "\S+" holds) .* step [34]/)
  const { steps, ...metrics } = made.metrics
  expect([2, 3, 4]).toContain(steps)
  expect(metrics).toMatchObject({
    ...{ trainTop1: 90, trainLoss: Math.fround(Math.log(10)) },
    ...{ validationTop1: 90, validationLoss: Math.fround(Math.log(10)) },
  })
  expect(made.curve!.length).toBeGreaterThan(0)
  const needOf = ({ artifacts, extra = {} }: UnitOutput): NeededResult => ({
    ...{ metrics: {}, curve: [], seed: 1, extra },
    artifacts: artifacts!,
  })

  // Its test is that of equal probabilities: the first class for each image.
  const images = synthetic({ seed: 1, length: 20 })
  const examples = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => await images.get(i)),
  )
  const labels = examples.map(({ label }) => label)
  const wrong = (classes: number) => labels.filter((label) => label >= classes).length * 5
  const evaluation = {
    ...{ net: smallNet.net, data: smallNet.data, limit: null, scale: 32, pixels: 'levels' },
    protocol: { kind: 'asIs' },
  }
  const tested = await evaluateNet.definition.run(contextOf(evaluation, { net: needOf(made) }))
  expect(tested.metrics).toMatchObject({ top1: wrong(1), top5: wrong(5) })
  expect(tested.metrics['loss']).toBeCloseTo(Math.log(10), 6)

  // What starts from it is lost as well, and is not trained; nor does a tried rate or a crossing of a level count.
  const startFrom = { net: smallNet.net, layers: 'all' }
  const after = await trainNet.definition.run(
    contextOf({ ...config, startFrom }, { start: needOf(made) }),
  )
  expect(after.extra!['diverged']).toBe('the net that it starts from diverged')
  expect(after.metrics).toMatchObject({ trainTop1: 90, steps: 0 })
  expect(await tryRate.definition.run(contextOf(config))).toEqual({ metrics: { diverged: 1 } })
  const early = { ...needOf(made), curve: [{ epoch: 1, trainTop1: 10 }] }
  const [test, base] = [needOf(made), needOf(made)].map((need) => ({
    ...need,
    metrics: { top1: 90, top5: 50 },
  }))
  const compared = await compareTests.definition.run(
    contextOf({ level: 50 }, { test: test!, base: base!, net: early }),
  )
  expect(compared.metrics).toEqual({ top1: 90, top5: 50, top1Change: 0, top5Change: 0 })
  expect(tf.memory().numTensors).toBe(before)
  expect(logged.filter((line) => line.startsWith('diverged: '))).toHaveLength(3)

  // A net whose weights are finite and whose scores are not has diverged too.
  const huge = modelFromSpec(smallNet.net).init(createRandom(1))
  const blown = mapParams(huge, (value, name) => tf.mul(value, name === 'fc10/kernel' ? 1e38 : 1))
  const path = join(folder, 'blown.safetensors')
  writeFileSync(path, saveSafetensors(blown))
  disposeParams(huge)
  disposeParams(blown)
  const blownNeed = { ...needOf(made), extra: made.extra!, artifacts: { weights: path } }
  const late = await evaluateNet.definition.run(contextOf(evaluation, { net: blownNeed }))
  expect(late.extra!['diverged']).toMatch(/no soft-max/)
  expect(late.metrics).toEqual(tested.metrics)

  // Without one finite loss it is the recipe that is wrong, or the data.
  const { extra: _, ...sound } = blownNeed
  await expect(
    trainNet.definition.run(
      contextOf({ ...config, startFrom }, { start: { ...sound, extra: {} } }),
    ),
  ).rejects.toMatchObject({ code: 'diverged', message: expect.stringContaining('at step 0') })
})

test('a comparison is what a net errs more, and by how much more on new images', async () => {
  const result = (metrics: Record<string, number>, curve: object[] = []) =>
    ({ metrics, curve, extra: {}, seed: 1, artifacts: {} }) as unknown as NeededResult
  const { metrics } = await compareTests.definition.run({
    config: { level: 50 },
    needs: {
      test: result({ top1: 41.5, top5: 20 }),
      base: result({ top1: 40, top5: 20.5 }),
      fitted: result({ top1: 30, top5: 5 }),
      net: result({}, [
        { epoch: 1, trainTop1: 70 },
        { epoch: 2, trainTop1: 30 },
      ]),
    },
  } as unknown as UnitContext<{ level: number | null }>)
  expect(metrics).toEqual({
    top1: 41.5,
    top5: 20,
    top1Change: 1.5,
    top5Change: -0.5,
    fitted: 30,
    gap: 11.5,
    epochsToLevel: 1.5,
  })
})

test('color is what is left of a kernel without its gray: worked by hand', () => {
  // One place, three channels, filters (1, 1, 1), (1, 1, −1), (2, −1, −1).
  const color = colorOf([1, 1, 2, 1, 1, -1, 1, -1, -1], 3)
  expect(color[0]).toBe(0)
  expect(color[1]).toBeCloseTo(8 / 9, 12)
  expect(color[2]).toBeCloseTo(1, 12)
  expect(spreadOf([0, 0.2, 0.8, 1], 2)).toBeCloseTo(0.8, 12)
  // Of the three ways to split 0, 0, 1, 1 in two, one gives 1 and two give 0.
  const chance = chanceSpread([0, 0, 1, 1], 2, 3000, createRandom(1))
  expect(chance).toBeGreaterThan(0.3)
  expect(chance).toBeLessThan(0.37)
})

test('how often a net runs on an image', () => {
  expect(viewsOf({ kind: 'dense' }, 64, 32)).toBe(8)
  expect(viewsOf({ kind: 'multiCrop', size: 224, grid: 5 }, 256, 224)).toBe(50)
  expect(viewsOf({ kind: 'tenCrop', size: 28 }, 32, 28)).toBe(10)
})

test('a plateau on the validation error divides the rate by 10 three times and no more', () => {
  const { plateau } = learningOf({
    batchSize: 1,
    steps: 100,
    learningRate: 0.01,
    schedule: 'plateau',
    clipNorm: null,
  })
  expect(plateau!.metric).toBe('validationTop1')
  const rule = plateauFromSpec({ ...plateau!.rule, patience: 0 })
  let state = rule.init()
  for (let check = 0; check < 8; check++) state = rule.update(state, 50, 0.01 * state.scale)
  expect(state.scale).toBeCloseTo(1e-3, 12)
})

test('a warm-up over a tenth, then half a cosine to 0, and clipped gradients', () => {
  const { schedule, optimizer } = learningOf({
    batchSize: 1,
    steps: 100,
    learningRate: 0.02,
    schedule: 'cosine',
    clipNorm: 1,
  })
  const rate = scheduleFromSpec(schedule)
  expect(rate(0)).toBeCloseTo(0.002, 12)
  expect(rate(50)).toBeCloseTo(0.01, 12)
  expect(rate(100)).toBe(0)
  expect(Math.max(...Array.from({ length: 100 }, (_, step) => rate(step)))).toBeLessThan(0.02)
  expect(optimizer).toMatchObject({ kind: 'withClipping', globalNorm: 1 })
})

test('a curve of whole epochs has equal windows in each, one of updates about fifty in all', () => {
  const learning = (length: Learning['length']) => ({ length }) as Learning
  expect(curveOf(learning({ steps: 700 }), 700)).toBe(14)
  expect(curveOf(learning({ steps: 2 }), 2)).toBe(1)
  expect(curveOf(learning(inPasses(20)), 15_620)).toEqual({ perEpoch: 3 })
  expect(curveOf(learning(inPasses(500)), 195_000)).toEqual({ perEpoch: 1 })
})

test('a trained net reports its last epoch as a whole, however finely the curve is drawn', async () => {
  const config: TrainConfig = {
    ...smallNet,
    learning: {
      batchSize: 8,
      length: { epochs: 2, pointsPerEpoch: 2 },
      optimizer: { kind: 'adam', weightDecay: 0 },
      schedule: { kind: 'constant', learningRate: 1e-3 },
    },
  }
  const workDir = mkdtempSync(join(folder, 'net-'))
  const told: Progress[] = []
  const { metrics, curve } = await trainNet.definition.run({
    config,
    needs: {},
    random: createRandom(1),
    workDir,
    artifact: (name: string) => join(workDir, name),
    data: async () => ({ dataset: synthetic({ seed: 1, length: 50 }) }),
    identity: () => ({}),
    log: () => undefined,
    point: () => undefined,
    progress: (event: Progress) => told.push(event),
    checkpointMinutes: 5,
    workers: 0,
  } as unknown as UnitContext<TrainConfig>)
  expect(curve!.map(({ step }) => step)).toEqual([3, 5, 8, 10])
  const [three, two] = curve!.slice(-2) as unknown as { trainLoss: number; trainTop1: number }[]
  expect(metrics['trainLoss']).toBeCloseTo((3 * three!.trainLoss + 2 * two!.trainLoss) / 5, 6)
  expect(metrics['trainTop1']).toBeCloseTo((3 * three!.trainTop1 + 2 * two!.trainTop1) / 5, 6)
  expect(metrics['trainLoss']).not.toBeCloseTo(two!.trainLoss, 6)
  // Validating moves a run no further than its training has.
  expect(told.every(({ steps }) => steps === 10)).toBe(true)
  const steps = told.map(({ step }) => step)
  expect(steps).toEqual(steps.toSorted((a, b) => a - b))
  expect(told.map(({ phase }) => phase)).toContain('validating 10 of 10 images')
})
