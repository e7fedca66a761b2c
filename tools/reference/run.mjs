// A reference run: trains and tests a cell's nets in PyTorch by the very recipe that the table plans, and writes numbers that
// `retable import` reads.
//
//   node tools/reference/run.mjs vgg-table3 --cells A-256,D-256 --tier cifar10 --seeds 1,2,3,4,5 --data DIR --python PYTHON --out FILE
//
// The plan's units say what to do: from Retable come the order of examples, their augmentation, the first weights and the learning
// rates, drawn from the same seeds; layers, gradients, updates and tests are PyTorch's (worker.py). So seeds are paired, and only
// arithmetic and dropout masks differ. `--steps 100`, and whatever else the table's settings are, as in `retable run`. Build
// first: `npx nx run reproductions:build`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { useBackend } from '@retable/backends'
import { createRandom } from '@retable/core'
import { loader } from '@retable/datasets'
import { onlyCells, overrideWords, planReproduction } from '@retable/harness'
import { modelFromSpec, transferFrom } from '@retable/models'
import { scheduleFromSpec } from '@retable/optimizers'
import { protocolFromSpec } from '@retable/training'
import * as tf from '@tensorflow/tfjs-core'
import { openData } from '../../reproductions/dist/data/open-data.js'
import { reproductions } from '../../reproductions/dist/reproductions.js'
import {
  measurePixels,
  testTransform,
  trainTransform,
} from '../../reproductions/dist/units/input.js'
import { heldOut, limited } from '../../reproductions/dist/units/select.js'
import { settingOptions, settingsIn } from '../table-settings.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...settingOptions,
    cells: { type: 'string' },
    tier: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    data: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: String(cpus().length) },
    out: { type: 'string' },
  },
})
const reproduction = reproductions.find(({ id }) => id === positionals[0])
if (!reproduction || !options.out) {
  console.error(`expected a table (${reproductions.map(({ id }) => id).join(', ')}) and --out FILE`)
  process.exit(2)
}
const seeds = options.seeds.split(',').map(Number)
const overrides = settingsIn(options)
const plan = onlyCells(
  planReproduction(reproduction, { tier: options.tier, seeds, overrides }),
  options.cells?.split(','),
)

/** The options that decide the numbers, as they can be given again. */
const flags = [
  ...['tier', 'cells', 'seeds'].flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, options[name]],
  ),
  ...overrideWords(overrides),
]

/** PyTorch's process: frames go in, lines of JSON come out. */
const startWorker = () => {
  const child = spawn(options.python, [new URL('worker.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.on('exit', (code) => {
    if (code) process.exit(1)
  })
  const send = async (header, ...arrays) => {
    const json = Buffer.from(JSON.stringify(header))
    const parts = arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32LE(json.length, 0)
    lengths.writeUInt32LE(
      parts.reduce((sum, { length }) => sum + length, 0),
      4,
    )
    for (const part of [lengths, json, ...parts]) {
      if (!child.stdin.write(part)) await once(child.stdin, 'drain')
    }
  }
  return {
    send,
    ask: async (header, ...arrays) => {
      await send(header, ...arrays)
      const { value, done } = await lines.next()
      if (done) throw new Error('PyTorch ended')
      return JSON.parse(value)
    },
    end: () => child.stdin.end(),
  }
}

const [optimizerOf, clipOf] = [
  (spec) => (spec.kind === 'withClipping' ? spec.optimizer : spec),
  (spec) => (spec.kind === 'withClipping' ? spec.globalNorm : null),
]
const scratch = mkdtempSync(join(tmpdir(), 'retable-reference-'))

/** Trains a unit's net in PyTorch; what it starts from is trained first. Each net once. */
const trainedNets = new Map()
const train = (unit) => {
  const name = `${unit.seed} ${unit.label}`
  if (!trainedNets.has(name)) trainedNets.set(name, trainNow(unit))
  return trainedNets.get(name)
}
const trainNow = async (unit) => {
  const { config, seed, label } = unit
  const { learning, input } = config
  if (learning.plateau || learning.stopping)
    throw new Error(`${label}: plateau and stopping rules are not known here`)
  const start = unit.needs.start && (await train(unit.needs.start))
  const random =
    config.member === undefined
      ? createRandom(seed)
      : createRandom(seed).stream('member', config.member)
  const { dataset } = await openData(config.data, { dir: options.data })
  const { train: examples } = heldOut(limited(dataset, config.limit), config.validation, random)
  const pixels = await measurePixels(examples, input)
  const batches = loader(examples, {
    batchSize: learning.batchSize,
    shuffle: true,
    dropLast: examples.length >= learning.batchSize,
    random: random.stream('data'),
    transform: trainTransform(input, pixels),
  })
  const steps = learning.length.steps ?? learning.length.epochs * batches.length
  const model = modelFromSpec(config.net)
  const drawn = random.stream('init')
  const params = start
    ? transferFrom(modelFromSpec(config.startFrom.net), await start.weights(), model, drawn, {
        layers: config.startFrom.layers,
      })
    : model.init(drawn)
  const names = Object.keys(params)
  const worker = startWorker()
  const { torch } = await worker.ask(
    {
      type: 'setup',
      layers: model.specs,
      optimizer: optimizerOf(learning.optimizer),
      clipNorm: clipOf(learning.optimizer),
      dropoutSeed: seed,
      threads: Number(options.threads),
      parameters: names.map((name) => ({ name, shape: params[name].shape })),
    },
    ...(await Promise.all(names.map((name) => params[name].data()))),
  )
  const shapes = names.map((name) => params[name].shape)
  tf.dispose(params)
  const schedule = scheduleFromSpec(learning.schedule)
  const began = performance.now()
  let step = 0
  for (let epoch = 0; step < steps; epoch++) {
    for await (const batch of batches.epoch(epoch)) {
      if (step >= steps) break
      const { loss } = await worker.ask(
        { type: 'train', shape: batch.shape, learningRate: schedule(step) },
        batch.images,
        batch.labels,
      )
      step++
      if (step % Math.max(1, Math.round(steps / 10)) === 0) {
        const seconds = (performance.now() - began) / 1000
        console.log(
          `${label}, seed ${seed}: update ${step} of ${steps}, loss ${loss.toFixed(4)}, ${seconds.toFixed(0)} s`,
        )
      }
    }
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
  return { worker, pixels, weights, torch }
}

/** Tests a net as an evaluation's unit says. */
const test = async ({ config, needs }) => {
  const { worker, pixels, torch } = await train(needs.net)
  const { scale, square } = config
  const protocol = protocolFromSpec(config.protocol)
  if (protocol.average !== 'posteriors' || (protocol.dense && protocol.positions !== 'scores'))
    throw new Error(
      `expected a protocol that averages posteriors, got ${JSON.stringify(protocol.spec)}`,
    )
  const { dataset } = await openData(config.data, { dir: options.data })
  const images = loader(limited(dataset, config.limit), {
    batchSize: 100,
    transform: testTransform(scale, config.pixels, pixels, square),
  })
  for await (const { shape, images: values, labels } of images) {
    const [, height, width] = shape
    const views = protocol.views(height, width)
    await worker.send({ type: 'test', shape, dense: protocol.dense, views }, values, labels)
  }
  return { metrics: await worker.ask({ type: 'score' }), torch }
}

await useBackend('cpu')
const cells = {}
const packages = {}
const write = () =>
  writeFileSync(
    options.out,
    `${JSON.stringify(
      {
        format: 'retable-reference',
        formatVersion: 1,
        implementation: 'PyTorch',
        reproduction: reproduction.id,
        tier: plan.tier.name,
        overrides,
        paired: true,
        provenance: {
          command: ['node tools/reference/run.mjs', ...positionals, ...flags].join(' '),
          packages,
          machine: `${cpus()[0].model.trim()}, ${cpus().length} cores`,
          made: new Date().toISOString().slice(0, 10),
          note: 'order of examples, augmentation, first weights and learning rates are those of the same seed here',
        },
        cells,
      },
      null,
      2,
    )}\n`,
  )

for (const seed of seeds) {
  for (const { cell, units } of plan.cells) {
    const { metrics, torch } = await test(units.get(seed))
    packages.torch = torch
    const numbers = reproduction.read
      ? reproduction.read({
          cell,
          settings: plan.settings,
          result: { metrics, curve: [], extra: {} },
        })
      : Object.fromEntries(reproduction.metrics.map(({ id }) => [id, metrics[id]]))
    for (const [metric, value] of Object.entries(numbers)) {
      cells[cell.id] ??= {}
      cells[cell.id][metric] ??= {}
      cells[cell.id][metric][seed] = value
    }
    console.log(`${cell.id}, seed ${seed}: ${JSON.stringify(numbers)}`)
    write()
  }
  for (const net of trainedNets.values()) (await net).worker.end()
  trainedNets.clear()
}
rmSync(scratch, { recursive: true, force: true })
