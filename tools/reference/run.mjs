// A reference run: trains and tests the nets of tables in PyTorch by the very recipe that they plan, and writes numbers that
// `retable import` reads, one file per table. A net that several tables have is trained once.
//
//   node tools/reference/run.mjs vgg-table3 vgg-table6 --tier synthetic --python PYTHON --out DIR
//   node tools/reference/run.mjs vgg-table3 --cells A-256,D-256 --tier cifar10 --seeds 1,2 --data DIR --python PYTHON --out DIR
//
// `--cells` takes cells of any of the tables; all tables with nets but alexnet-figure3 can be run.
// The plan's units say what to do: from Retable come the order of examples, their augmentation, the first weights and the learning
// rates, drawn from the same seeds; layers, gradients, updates and tests are PyTorch's (worker.py). So seeds are paired, and only
// arithmetic and dropout masks differ. `--steps 100`, and whatever else the table's settings are, as in `retable run`. Build
// first: `npx nx run reproductions:build`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
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
const ids = positionals.flatMap((word) => word.split(','))
const known = reproductions.map(({ id }) => id)
if (ids.length === 0 || !ids.every((id) => known.includes(id)) || !options.out) {
  console.error(`expected tables (${known.join(', ')}) and --out DIR, got "${ids.join(' ')}"`)
  process.exit(2)
}
const seeds = options.seeds.split(',').map(Number)
const only = options.cells?.split(',')

/** Each table with what is made of it. */
const tables = ids.map((id) => {
  const reproduction = reproductions.find((one) => one.id === id)
  const overrides = settingsIn(options, Object.keys(reproduction.overrides ?? {}))
  const whole = planReproduction(reproduction, { tier: options.tier, seeds, overrides })
  const cells = whole.cells.map(({ cell }) => cell.id)
  const plan = onlyCells(whole, only && cells.filter((cell) => only.includes(cell)))
  /** The options that decide the numbers, as they can be given again. */
  const flags = [
    ...['tier', 'cells', 'seeds'].flatMap((name) =>
      options[name] === undefined ? [] : [`--${name}`, options[name]],
    ),
    ...overrideWords(overrides),
  ]
  return { reproduction, plan, overrides, flags, units: {}, cells: {} }
})

const reference = referenceUnits({
  data: options.data,
  python: options.python,
  threads: Number(options.threads),
})

await useBackend('cpu')
mkdirSync(options.out, { recursive: true })

const write = ({ reproduction, plan, overrides, flags, cells, units }, torch) =>
  writeFileSync(
    join(options.out, `${reproduction.id}.${plan.tier.name}.json`),
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
          command: ['node tools/reference/run.mjs', reproduction.id, ...flags].join(' '),
          packages: { torch },
          machine: `${cpus()[0].model.trim()}, ${cpus().length} cores`,
          made: new Date().toISOString().slice(0, 10),
          note: [
            'order of examples, augmentation, first weights and learning rates are those of the same seed here',
            // What a reader must know of the copy of the data, as with our own results.
            process.env.RETABLE_DATA_NOTE,
          ]
            .filter(Boolean)
            .join('; '),
        },
        cells,
        units,
      },
      null,
      2,
    )}\n`,
  )

for (const seed of seeds) {
  for (const table of tables) {
    const { reproduction, plan, cells, units } = table
    for (const { cell, units: bySeed } of plan.cells) {
      const unit = bySeed.get(seed)
      // Numbers of other methods, which the paper quotes, have no unit.
      if (!unit) continue
      const { metrics, torch } = await reference.make(unit)
      units[cell.id] = { ...units[cell.id], [seed]: unitKey(unit) }
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
      console.log(`${reproduction.id}, ${cell.id}, seed ${seed}: ${JSON.stringify(numbers)}`)
      write(table, torch)
    }
  }
  await reference.release()
}
reference.end()
