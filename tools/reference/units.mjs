// What a plan's units do, with PyTorch in place of our nets: the units' own descriptions say what, worker.py computes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@retable/core'
import { loader } from '@retable/datasets'
import { unitKey } from '@retable/harness'
import { modelFromSpec } from '@retable/models'
import { plateauFromSpec, scheduleFromSpec, stoppingFromSpec } from '@retable/optimizers'
import { asIs, protocolFromSpec } from '@retable/training'
import * as tf from '@tensorflow/tfjs-core'
import { openData } from '../../reproductions/dist/data/open-data.js'
import { compareTests } from '../../reproductions/dist/units/compare-tests.js'
import { chanceOf } from '../../reproductions/dist/units/diverged.js'
import { epochsTo } from '../../reproductions/dist/units/epochs-to.js'
import { testTransform } from '../../reproductions/dist/units/input.js'
import { curveOf } from '../../reproductions/dist/units/learning.js'
import { limited } from '../../reproductions/dist/units/select.js'
import { atRate, bestTrial, trialOf } from '../../reproductions/dist/units/train-at-best-rate.js'
import {
  drawsOf,
  startingParams,
  trainingData,
} from '../../reproductions/dist/units/training-data.js'
import { startWorker } from './worker.mjs'

const optimizerOf = (spec) => (spec.kind === 'withClipping' ? spec.optimizer : spec)
const clipOf = (spec) => (spec.kind === 'withClipping' ? spec.globalNorm : null)

/** The rules that watch training after each epoch: `see` takes what an epoch came to. */
const rulesOf = ({ plateau, stopping }) => {
  const reduce = plateau && plateauFromSpec(plateau.rule)
  const stop = stopping && stoppingFromSpec(stopping.rule)
  let reduced = reduce?.init()
  let stopped = stop?.init()
  const watched = (
    point,
    { metric = 'validationLoss' in point ? 'validationLoss' : 'trainLoss' },
  ) => point[metric]
  return {
    scale: () => reduced?.scale ?? 1,
    stopped: () => stopped?.stopped === true,
    see: (point, rate) => {
      if (reduce) reduced = reduce.update(reduced, watched(point, plateau), rate)
      if (stop) stopped = stop.update(stopped, watched(point, stopping))
    },
  }
}

/** Means over updates, as points of a curve have them; `take` starts again. */
const sumsOf = () => {
  let [images, loss, wrong] = [0, 0, 0]
  return {
    add: (ofBatch, wrongOnes, count) => {
      images += count
      loss += ofBatch * count
      wrong += wrongOnes
    },
    take: () => {
      const point = { trainLoss: loss / images, trainTop1: (100 * wrong) / images }
      images = loss = wrong = 0
      return point
    },
  }
}

/** Whether the curve has a point after so many updates, besides those of epochs' ends. */
const curveDue = (every, stepsPerEpoch) => {
  if (typeof every === 'number') return (step) => step % every === 0
  const window = (step) => Math.floor((step * every.perEpoch) / stepsPerEpoch)
  return (step) => window(step) > window(step - 1)
}

/** What `trainNet` reports of a net that learned nothing. */
const chanceMetrics = (classes, validated) => {
  const { top1, loss } = chanceOf(classes)
  return {
    ...{ trainLoss: loss, trainTop1: top1 },
    ...(validated && { validationLoss: loss, validationTop1: top1 }),
  }
}

/**
 * Makes units in PyTorch.
 *
 * @param {{ data?: string, python: string, threads: number }} options
 */
export const referenceUnits = ({ data: dir, python, threads }) => {
  const open = (request) => openData(request, { dir })
  const scratch = mkdtempSync(join(tmpdir(), 'retable-reference-'))
  const trained = new Map()
  const tried = new Map()
  const tested = new Map()

  /** Tests a net; the posteriors go to `path`, if it is given. A net whose scores are no numbers has errors of chance. */
  const score = async (worker, batches, { views: viewsOf, dense }, path) => {
    for await (const { shape, images, labels } of batches) {
      const views = viewsOf(shape[1], shape[2])
      await worker.send({ type: 'test', shape, dense, views }, images, labels)
    }
    return worker.ask({ type: 'score', path })
  }

  /** Trains a unit's net; what it starts from is trained first. Each net once. */
  const train = (unit) => {
    const key = unitKey(unit)
    if (!trained.has(key)) trained.set(key, trainNow(unit))
    return trained.get(key)
  }

  const trainNow = async (unit) => {
    const { config, seed, label } = unit
    const { learning } = config
    const start = unit.needs.start && (await train(unit.needs.start))
    const random = drawsOf(config, createRandom(seed))
    const { classes, batches, steps, validation, pixels } = await trainingData(config, random, open)
    const model = modelFromSpec(config.net)
    const params = startingParams(config, random, model, await start?.weights())
    const names = Object.keys(params)
    const shapes = names.map((name) => params[name].shape)
    const worker = startWorker(python)
    const { torch } = await worker.ask(
      {
        type: 'setup',
        layers: model.specs,
        optimizer: optimizerOf(learning.optimizer),
        clipNorm: clipOf(learning.optimizer),
        dropoutSeed: seed,
        threads,
        parameters: names.map((name, i) => ({ name, shape: shapes[i] })),
      },
      ...(await Promise.all(names.map((name) => params[name].data()))),
    )
    tf.dispose(params)
    const schedule = scheduleFromSpec(learning.schedule)
    const rules = rulesOf(learning)
    const validate = async () => {
      if (!validation) return {}
      const { top1, loss, ...test } = await score(worker, validation.batches, asIs())
      if (test.diverged) diverged = true
      return { validationTop1: top1, validationLoss: loss }
    }
    const began = performance.now()
    const curve = []
    const due = curveDue(curveOf(learning, steps), batches.length)
    const inWindow = sumsOf()
    const inEpoch = sumsOf()
    let step = 0
    // What the last whole epoch came to, if the run ended with one.
    let ofEpoch
    // One that would start from a net that learned nothing learns nothing either.
    let diverged = start?.diverged === true
    for (let epoch = 0; step < steps && !rules.stopped() && !diverged; epoch++) {
      for await (const batch of batches.epoch(epoch)) {
        if (step >= steps) break
        const { loss, wrong } = await worker.ask(
          { type: 'train', shape: batch.shape, learningRate: schedule(step) * rules.scale() },
          batch.images,
          batch.labels,
        )
        if (loss === null) {
          if (step === 0) {
            worker.end()
            throw new Error(`${label}, seed ${seed}: the first loss is not finite`)
          }
          diverged = true
          break
        }
        step++
        for (const sums of [inWindow, inEpoch]) sums.add(loss, wrong, batch.labels.length)
        if (step % Math.max(1, Math.round(steps / 10)) === 0) {
          const seconds = (performance.now() - began) / 1000
          console.log(
            `${label}, seed ${seed}: update ${step} of ${steps}, loss ${loss.toFixed(4)}, ${seconds.toFixed(0)} s`,
          )
        }
        ofEpoch = undefined
        const whole = step % batches.length === 0
        if (!whole && step !== steps && !due(step)) continue
        const validated = whole || step === steps ? await validate() : {}
        if (diverged) break
        const at = { epoch: step / batches.length, ...validated }
        curve.push({ ...at, ...inWindow.take() })
        if (!whole) continue
        ofEpoch = { ...at, ...inEpoch.take() }
        rules.see(ofEpoch, schedule(step) * rules.scale())
      }
    }
    // As in Retable: a training that diverges leaves a net of zeros, with the errors of chance.
    if (diverged) {
      console.log(`${label}, seed ${seed}: diverged after ${step} updates`)
      await worker.ask({ type: 'zero' })
    }
    const weights = async () => {
      const path = join(scratch, 'weights')
      await worker.ask({ type: 'save', path })
      const bytes = readFileSync(path)
      let at = 0
      return Object.fromEntries(
        names.map((name, i) => {
          const size = shapes[i].reduce((a, b) => a * b, 1)
          const values = new Float32Array(
            bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + size * 4),
          )
          at += size * 4
          return [name, tf.tensor(values, shapes[i])]
        }),
      )
    }
    const metrics = {
      ...(diverged ? chanceMetrics(classes, validation !== undefined) : (ofEpoch ?? curve.at(-1))),
      epochs: step / batches.length,
      steps: step,
    }
    return { worker, pixels, weights, torch, curve, metrics, diverged }
  }

  /** A rate that is tried; nothing is kept of its net. Each once, whatever the seed that asks. */
  const tryRate = (unit) => {
    const key = unitKey(unit)
    if (!tried.has(key)) {
      tried.set(
        key,
        trainNow(unit).then(({ worker, curve, diverged }) => {
          worker.end()
          return { curve: diverged ? [] : curve }
        }),
      )
    }
    return tried.get(key)
  }

  /** Tests a unit's net, which is trained first. Each test once. */
  const test = (unit) => {
    const key = unitKey(unit)
    if (!tested.has(key)) tested.set(key, testNow(unit, join(scratch, key)))
    return tested.get(key)
  }

  const testNow = async ({ config, needs, label, seed }, path) => {
    const { worker, pixels, torch } = await train(needs.net)
    const protocol = protocolFromSpec(config.protocol)
    if (protocol.average !== 'posteriors' || (protocol.dense && protocol.positions !== 'scores'))
      throw new Error(
        `expected a protocol that averages posteriors, got ${JSON.stringify(protocol.spec)}`,
      )
    const { dataset } = await open(config.data)
    const images = loader(limited(dataset, config.limit), {
      batchSize: 100,
      transform: testTransform(config.scale, config.pixels, pixels, config.square),
    })
    const { diverged, ...metrics } = await score(worker, images, protocol, path)
    if (diverged) console.log(`${label}, seed ${seed}: diverged; its errors are those of chance`)
    return { metrics, worker, torch, path }
  }

  /** How each kind of unit comes to what a cell reads. */
  const kinds = {
    'train-net': train,
    'train-at-best-rate': async ({ config: { train: config, rates, target }, needs, ...unit }) => {
      const trials = []
      for (const [i, rate] of rates.entries())
        trials.push(trialOf(rate, await tryRate(needs[`rate-${i}`]), target))
      const { rate } = bestTrial(trials)
      const net = await train({ ...unit, needs: {}, config: atRate(config, rate) })
      const epochs = net.diverged ? undefined : epochsTo(net.curve, target)
      return {
        metrics: { ...net.metrics, rate, ...(epochs !== undefined && { epochsToTarget: epochs }) },
        torch: net.torch,
      }
    },
    'evaluate-net': test,
    'fuse-predictions': async ({ config: { limit }, needs }) => {
      const tests = []
      for (const need of Object.values(needs)) tests.push(await test(need))
      const { diverged: _, ...metrics } = await tests[0].worker.ask({
        ...{ type: 'fuse', limit },
        paths: tests.map(({ path }) => path),
      })
      return { metrics, torch: tests[0].torch }
    },
    'compare-tests': async ({ config, needs }) => {
      const made = {}
      for (const [name, need] of Object.entries(needs))
        made[name] = await (need.definition.kind === 'train-net' ? train(need) : test(need))
      const { net } = made
      return {
        ...(await compareTests.definition.run({
          config,
          needs: {
            ...made,
            ...(net && { net: { ...net, extra: net.diverged ? { diverged: 'in PyTorch' } : {} } }),
          },
        })),
        torch: made.test.torch,
      }
    },
  }

  return {
    /** A unit's metrics, and the version of PyTorch. */
    make: async (unit) => {
      const make = kinds[unit.definition.kind]
      if (!make)
        throw new Error(
          `${unit.label}: expected a unit of ${Object.keys(kinds).join(', ')}, got ${unit.definition.kind}`,
        )
      const { metrics, torch } = await make(unit)
      return { metrics, torch }
    },
    /** Lets go of the nets of a seed. */
    release: async () => {
      for (const net of trained.values()) (await net).worker.end()
      trained.clear()
      tested.clear()
    },
    end: () => rmSync(scratch, { recursive: true, force: true }),
  }
}
