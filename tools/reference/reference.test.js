import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, describe, expect, test } from 'vitest'
import { evaluateNet } from '../../reproductions/dist/units/evaluate-net.js'
import { trainNet } from '../../reproductions/dist/units/train-net.js'
import { referenceUnits } from './units.mjs'
import { startWorker } from './worker.mjs'

const dir = mkdtempSync(join(tmpdir(), 'retable-reference-test-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('units, with a stand-in for PyTorch whose loss is no number at a given update', () => {
  /** Speaks worker.py's frames and writes down what it was asked. */
  const standIn = (finite) => {
    const path = join(dir, `stand-in-${finite}`)
    const log = `${path}.log`
    writeFileSync(
      path,
      `#!${process.execPath}
const fs = require('node:fs')
let held = Buffer.alloc(0), trained = 0, size = 0
const answers = {
  setup: ({ parameters }) => {
    size = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 4), 0)
    return { torch: 'none' }
  },
  train: () => ({ loss: trained++ < ${finite} ? 1 : null, wrong: 4 }),
  test: () => undefined,
  score: () => ({ top1: 50, top5: 10, loss: 1, diverged: false }),
  zero: () => ({ zeroed: true }),
  save: ({ path }) => (fs.writeFileSync(path, Buffer.alloc(size)), { saved: true }),
}
process.stdin.on('data', (more) => {
  held = Buffer.concat([held, more])
  while (held.length >= 8) {
    const [header, payload] = [held.readUInt32LE(0), held.readUInt32LE(4)]
    if (held.length < 8 + header + payload) return
    const asked = JSON.parse(held.subarray(8, 8 + header))
    held = held.subarray(8 + header + payload)
    fs.appendFileSync(${JSON.stringify(log)}, asked.type + ' ')
    const answer = answers[asked.type](asked)
    if (answer) console.log(JSON.stringify(answer))
  }
})
`,
      { mode: 0o755 },
    )
    return { python: path, asked: () => readFileSync(log, 'utf8').trim().split(' ') }
  }

  const net = { kind: 'cifarNet', variant: 'caffe-quick' }
  const data = { kind: 'synthetic', split: 'train', seed: 1, size: 32, difficulty: 0.25 }
  const trained = (label, start) =>
    trainNet({
      label,
      seed: 1,
      cost: 1,
      needs: start ? { start } : {},
      config: {
        net,
        data,
        limit: 64,
        validation: 0.25,
        input: { scale: [32, 32], crop: 32, flip: 0, color: false, pixels: 'unit-variance' },
        learning: {
          batchSize: 16,
          length: { epochs: 2, pointsPerEpoch: 1 },
          optimizer: { kind: 'sgd' },
          schedule: { kind: 'constant', learningRate: 0.1 },
        },
        startFrom: start ? { net, layers: 'all' } : null,
      },
    })
  const chance = { loss: Math.fround(Math.log(10)), top1: 90 }

  test('a training that diverges leaves zeros and the errors of chance, and so does one that would start from it', async () => {
    const { python, asked } = standIn(4)
    const reference = referenceUnits({ python, threads: 1 })
    const first = trained('first')
    const { metrics } = await reference.make(first)
    expect(metrics).toEqual({
      trainLoss: chance.loss,
      trainTop1: chance.top1,
      validationLoss: chance.loss,
      validationTop1: chance.top1,
      steps: 4,
      epochs: 4 / 3,
    })
    expect(asked().slice(-3)).toEqual(['train', 'train', 'zero'])
    const second = trained('second', first)
    expect((await reference.make(second)).metrics).toMatchObject({ steps: 0, trainTop1: 90 })
    expect(asked().slice(-3)).toEqual(['save', 'setup', 'zero'])
    const test = evaluateNet({
      label: 'test',
      seed: 1,
      cost: 1,
      needs: { net: second },
      config: {
        net,
        data,
        limit: 20,
        scale: 32,
        pixels: 'unit-variance',
        protocol: { kind: 'asIs' },
      },
    })
    expect((await reference.make(test)).metrics).toEqual({ top1: 50, top5: 10, loss: 1 })
    await reference.release()
    reference.end()
  })

  test('the curve has the points that Retable’s has, and the last epoch as a whole is reported', async () => {
    const { python } = standIn(100)
    const reference = referenceUnits({ python, threads: 1 })
    const inEpochs = trained('first')
    const learning = { ...inEpochs.config.learning, length: { steps: 7 } }
    // Of so short a run every update is a point.
    const net = { ...inEpochs, config: { ...inEpochs.config, learning } }
    const { metrics } = await reference.make(net)
    expect(metrics).toMatchObject({ steps: 7, epoch: 7 / 3, trainLoss: 1, trainTop1: 25 })
    const of = { config: { level: 30 }, definition: { kind: 'compare-tests' }, label: 'compared' }
    const test = evaluateNet({
      label: 'test',
      seed: 1,
      cost: 1,
      needs: { net },
      config: {
        net: net.config.net,
        data,
        limit: 20,
        scale: 32,
        pixels: 'unit-variance',
        protocol: { kind: 'asIs' },
      },
    })
    const compared = await reference.make({ ...of, needs: { test, base: test, fitted: test, net } })
    expect(compared.metrics).toEqual({
      ...{ top1: 50, top5: 10, top1Change: 0, top5Change: 0, fitted: 50, gap: 0 },
      // 25% from the first update on, a third of an epoch.
      epochsToLevel: expect.closeTo(1 / 3, 6),
    })
    await reference.release()
    reference.end()
  })

  test('a first loss that is no number is an error: the data or the recipe is at fault', async () => {
    const { python } = standIn(0)
    const reference = referenceUnits({ python, threads: 1 })
    await expect(reference.make(trained('first'))).rejects.toThrow('the first loss is not finite')
    reference.end()
  })
})

const python = process.env['RETABLE_TORCH_PYTHON'] ?? 'python3'
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0

describe.skipIf(!hasTorch)('worker.py', () => {
  const image = new Float32Array([1])
  /** A net of one pixel whose scores are `scores`, tested on images of these classes. */
  const tested = async (scores, labels, { views = 1, before = async () => {} } = {}) => {
    const worker = startWorker(python)
    await worker.ask(
      {
        type: 'setup',
        layers: [
          { kind: 'flatten', name: 'flatten' },
          { kind: 'dense', name: 'fc' },
        ],
        optimizer: { kind: 'sgd' },
        dropoutSeed: 1,
        threads: 1,
        parameters: [
          { name: 'fc/kernel', shape: [1, scores.length] },
          { name: 'fc/bias', shape: [scores.length] },
        ],
      },
      Float32Array.from(scores),
      new Float32Array(scores.length),
    )
    await before(worker)
    const view = { top: 0, left: 0, height: 1, width: 1, mirror: false }
    for (const label of labels)
      await worker.send(
        { type: 'test', shape: [1, 1, 1, 1], dense: false, views: Array(views).fill(view) },
        image,
        Int32Array.of(label),
      )
    const answer = await worker.ask({ type: 'score', path: join(dir, 'posteriors') })
    worker.end()
    return answer
  }

  test('one confident mistake costs what it costs', async () => {
    const wrong = await tested([120, 0], [0, 1], { views: 10 })
    expect(wrong).toMatchObject({ top1: 50, top5: 0, diverged: false })
    expect(wrong.loss).toBeCloseTo(60, 5)
    expect((await tested([2000, 0], [1])).loss).toBeCloseTo(2000, 5)
  })

  test('a net whose scores or parameters are no numbers counts as chance, classes ranked by number', async () => {
    const labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    for (const bad of [NaN, Infinity]) {
      const scores = [bad, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      const { loss, ...rest } = await tested(scores, labels)
      expect(rest).toEqual({ top1: 90, top5: 50, diverged: true })
      expect(loss).toBeCloseTo(Math.log(10), 6)
    }
  })

  test('a net set to zeros gives each class the same probability', async () => {
    const zero = (worker) => worker.ask({ type: 'zero' })
    expect((await tested([0, 3], [1], { before: zero })).loss).toBeCloseTo(Math.log(2), 6)
  })

  test('tests are averaged by their posteriors, which may underflow', async () => {
    await tested([0, 2000], [0])
    const worker = startWorker(python)
    const path = join(dir, 'posteriors')
    const { loss, top1 } = await worker.ask({ type: 'fuse', limit: null, paths: [path, path] })
    worker.end()
    expect(loss).toBeCloseTo(2000, 5)
    expect(top1).toBe(100)
  })
})
