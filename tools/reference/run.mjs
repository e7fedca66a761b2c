// A reference run: trains and tests a cell's nets in PyTorch by the very recipe that the table plans, and writes numbers that
// `retable import` reads.
//
//   node tools/reference/run.mjs vgg-table3 --cells A-256,D-256 --tier cifar10 --seeds 1,2,3,4,5 --data DIR --python PYTHON --out FILE
//
// The plan's units say what to do: from Retable come the order of examples, their augmentation, the first weights and the learning
// rates, drawn from the same seeds; layers, gradients, updates and tests are PyTorch's (worker.py). So seeds are paired, and only
// arithmetic and dropout masks differ. `--steps 100`, and whatever else the table's settings are, as in `retable run`. Build
// first: `npx nx run reproductions:build`.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { useBackend } from '@retable/backends'
import { onlyCells, overrideWords, planReproduction, unitKey } from '@retable/harness'
import { reproductions } from '../../reproductions/dist/reproductions.js'
import { settingOptions, settingsIn } from '../table-settings.mjs'
import { referenceUnits } from './units.mjs'

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

const reference = referenceUnits({
  data: options.data,
  python: options.python,
  threads: Number(options.threads),
})

await useBackend('cpu')
const cells = {}
const units = {}
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
        units,
      },
      null,
      2,
    )}\n`,
  )

for (const seed of seeds) {
  for (const { cell, units: bySeed } of plan.cells) {
    const unit = bySeed.get(seed)
    const { metrics, torch } = await reference.make(unit)
    units[cell.id] = { ...units[cell.id], [seed]: unitKey(unit) }
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
  await reference.release()
}
reference.end()
