// The page "Retable next to": the features from docs/data/next-to.json, the speeds from the runs in tools/bench/history.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRecords } from '../../tools/bench/record.mjs'
import { table } from '../../tools/markdown-table.mjs'

const cell = (value) => (value === true ? 'yes' : value === false ? 'no' : (value ?? '–'))

const rateText = (rate) => (rate < 10 ? rate.toPrecision(2) : rate.toFixed(0))

/** A line per net, mode and contender next to PyTorch's fastest mode in the same run; each from the newest run that has it. */
export const speedsOf = (runs) => {
  const rows = new Map()
  for (const run of runs) {
    for (const { net, mode, name, batch, rate, peak, ms } of run.results) {
      if (ms === null || name.startsWith('PyTorch')) continue
      const torch = run.results.find(
        (r) =>
          r.net === net && r.mode === mode && r.batch === batch && r.name.startsWith('PyTorch'),
      )
      const key = `${net} ${mode} ${name}`
      if (!torch || torch.ms === null || rows.has(key)) continue
      rows.set(key, { run, net, mode, name, batch, rate, peak, torch, ratio: rate / torch.rate })
    }
  }
  return [...rows.values()]
}

/** `PyTorch is 1.5 times as fast`, or the contender by its name. */
const fasterText = ({ name, ratio }) => {
  const [faster, times] = ratio < 1 ? ['PyTorch', 1 / ratio] : [name, ratio]
  return times < 1.02 ? 'equal' : `${faster} is ${times.toFixed(2)} times as fast`
}

const speedTable = (speeds) =>
  table(
    [
      'net',
      'mode',
      'contender',
      'images/s',
      'PyTorch, images/s',
      'faster',
      'peak MB',
      'PyTorch, peak MB',
      'run',
    ],
    speeds.map((speed) => [
      `${speed.net}, batch ${speed.batch}`,
      speed.mode,
      `Retable, ${speed.name}`,
      rateText(speed.rate),
      `${rateText(speed.torch.rate)} ${speed.torch.name.replace('PyTorch ', '')}`,
      fasterText(speed),
      speed.peak.toFixed(0),
      speed.torch.peak.toFixed(0),
      `${speed.run.date.slice(0, 10)}, ${speed.run.commit}`,
    ]),
  )

/** What the runs were made on, each once. */
const machinesText = (speeds) =>
  [
    ...new Set(
      speeds.map(
        ({ run }) =>
          `- ${run.date.slice(0, 10)}, ${run.commit}: ${run.processor}, ${run.threads} of ${run.cores} cores, Node ${run.node}, PyTorch ${run.pytorch}, \`${run.command}\``,
      ),
    ),
  ].join('\n')

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** The contenders, Retable with the version that its command prints. */
export const withOwnVersion = (contenders) => {
  const manifest = join(import.meta.dirname, '../../reproductions/package.json')
  const { version } = readJson(manifest)
  return contenders.map((one) => (one.id === 'retable' ? { ...one, version } : one))
}

/** Writes docs/comparison.md. */
export const writeComparison = (docs) => {
  const { date, checked, features, notes, ...data } = readJson(join(docs, 'data/next-to.json'))
  const contenders = withOwnVersion(data.contenders)
  // Only runs that PyTorch took part in; the newest come first.
  const speeds = speedsOf(readRecords('training-step').filter(({ pytorch }) => pytorch))
  if (speeds.length === 0)
    throw new Error('tools/bench/history/training-step has no run next to PyTorch')
  const page = `# Retable next to other libraries

As of ${date}, with the versions named. Retable is about two papers and about knowing whether their claims hold; what it does not
do is in the table as well. To add a line or correct one, edit \`docs/data/next-to.json\`.

## Features

${table(
  ['', ...contenders.map(({ name, version }) => `${name} ${version}`)],
  [
    ...features.map((row) => [row.feature, ...contenders.map(({ id }) => cell(row[id]))]),
    ['License', ...contenders.map(({ license }) => license)],
  ],
)}

${checked}

## Measured speeds

Retable and PyTorch on the CPU, in float32, taking turns step by step in one run. PyTorch is in its fastest mode, found by trial
on that machine among eager and compiled steps, channels last and fused optimizers; compilation is left out of the time.
\`tools/bench/training-step.mjs --history\` adds a run; [every run](./benchmarks.md) is in the benchmarks.

${speedTable(speeds)}

PyTorch is faster in ${speeds.filter(({ ratio }) => ratio < 1).length} of these ${speeds.length} lines.

${machinesText(speeds)}

${notes.map((note) => `- ${note}`).join('\n')}
`
  writeFileSync(join(docs, 'comparison.md'), page)
}
