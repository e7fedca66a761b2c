// A command over one small net, for tests that kill, stop and starve real trainings. It trains with the package's own
// unit, and notes besides the hash of the last state, optimizer included. Plain JavaScript: it runs on the build.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { useBackend } from '@retable/backends'
import { synthetic } from '@retable/datasets'
import { defineReproduction, defineUnit } from '@retable/harness'
import { createCommand } from '@retable/harness/node'
import { trainNet } from '../../dist/units/train-net.js'
import { folderOfImages } from './folder-of-images.mjs'

const sha256 = (content) => createHash('sha256').update(content).digest('hex')

/** The last checkpoint's hashes: parameters and optimizer slots; and all else that the state holds. */
const lastState = (workDir) => {
  const folder = join(workDir, 'checkpoints')
  const numbers = readdirSync(folder).flatMap(
    (name) => /^checkpoint-(\d+)\.json$/.exec(name)?.[1] ?? [],
  )
  const file = `checkpoint-${Math.max(...numbers.map(Number))}.json`
  const { state, tensors } = JSON.parse(readFileSync(join(folder, file), 'utf8')).checkpoint
  return { step: state.step, tensors: tensors.sha256, rest: sha256(JSON.stringify(state)) }
}

/**
 * Where SMALL_HOLD names a file, each attempt makes a file beside it after its third update, `.reached`, and trains no
 * further while the file itself is there: whatever is done to it meanwhile, however slow the machine, is done in the
 * middle of its training.
 */
const held = (context) => {
  const hold = process.env.SMALL_HOLD
  if (!hold) return context
  let points = 0
  const point = async (values) => {
    context.point(values)
    if (++points !== 3) return
    writeFileSync(`${hold}.reached`, '')
    while (existsSync(hold)) await sleep(5)
  }
  return { ...context, point }
}

const trainObserved = defineUnit({
  ...trainNet.definition,
  kind: 'train-observed',
  run: async (context) => {
    const output = await trainNet.definition.run(held(context))
    return { ...output, extra: { ...output.extra, lastState: lastState(context.workDir) } }
  },
})

const cells = {
  // Everything that a state can hold: two optimizer slots, dropout, plateau rule, early stopping, validation.
  adam: {
    optimizer: { kind: 'adam', weightDecay: 1e-3 },
    schedule: { kind: 'constant', learningRate: 0.002 },
    plateau: { rule: { kind: 'reduceOnPlateau', factor: 0.5, patience: 0 } },
    stopping: { rule: { kind: 'earlyStopping', patience: 1000 } },
  },
  sgd: {
    optimizer: { kind: 'sgd', form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
    schedule: {
      kind: 'warmup',
      steps: 6,
      from: 1 / 6,
      schedule: { kind: 'cosine', learningRate: 0.01, steps: 72 },
    },
  },
}

const small = (id, data) =>
  defineReproduction({
    id,
    version: 1,
    title: 'A small net',
    source: { paper: 'none', table: 'none' },
    protocol: {},
    metrics: [{ id: 'validationTop1', name: 'top-1 error', unit: '%', better: 'lower' }],
    cells: Object.entries(cells).map(([cell, config]) => ({ id: cell, row: cell, config })),
    claims: [],
    deviations: [],
    tiers: [
      {
        name: 'small',
        describe: 'small',
        settings: { epochs: 6, side: 16, batch: 4 },
        seeds: [1],
      },
    ],
    overrides: {
      epochs: 'passes over the images',
      side: 'of the crops',
      batch: 'images an update',
    },
    plan: ({ cell, config, settings, seed }) =>
      trainObserved({
        label: cell.id,
        seed,
        config: {
          net: {
            kind: 'vgg',
            variant: 'A',
            classes: 10,
            inputSize: settings.side,
            widthScale: 1 / 16,
            initialization: 'he',
            dropout: 0.3,
            pools: [1, 2, 3, 4],
          },
          data,
          limit: null,
          validation: 0.2,
          input: {
            scale: [settings.side, settings.side + 8],
            crop: settings.side,
            flip: 0.5,
            color: true,
            pixels: 'unit-variance',
          },
          learning: {
            batchSize: settings.batch,
            length: { epochs: settings.epochs, pointsPerEpoch: 4 },
            ...config,
          },
          startFrom: null,
        },
      }),
  })

await createCommand({
  name: 'small',
  version: '1.0.0',
  reproductions: [small('drawn', { kind: 'drawn' }), small('files', { kind: 'files' })],
  units: [trainObserved],
  backends: ['cpu', 'wasm', 'onnx'],
  useBackend: async (name, { threads }) => {
    const options = threads === undefined || name === 'cpu' ? {} : { threads }
    const { name: used, why } = await useBackend(name, options)
    return { name: used, why }
  },
  openData: ({ kind }, { dir }) => {
    const dataset =
      kind === 'files' ? folderOfImages({ dir }) : synthetic({ seed: 1, size: 32, length: 60 })
    return { dataset, fingerprint: dataset.fingerprint }
  },
  packages: { small: process.env.SMALL_VERSION ?? '1.0.0' },
}).main()
