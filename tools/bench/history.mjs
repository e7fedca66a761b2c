// Writes docs/benchmarks.md from the records in tools/bench/history (`--history` of training-step.mjs, profile.mjs and scaling.mjs adds
// one; docs/build/figures.mjs draws the curves):
//
//   node tools/bench/history.mjs
import { writeFileSync } from 'node:fs'
import { table } from '../markdown-table.mjs'
import { growth } from './growth.mjs'
import { readRecords } from './record.mjs'

const [runs, [profile], [scaling]] = ['training-step', 'profile', 'scaling'].map(readRecords)

const few = (ms) => ms.toFixed(ms < 100 ? 1 : 0)

const stepTable = ({ results }) => {
  const rows = results.map(({ net, mode, name, batch, ms, rate, peak, share }) => {
    const other = results.find(
      (r) => r.net === net && r.mode === mode && r.name.startsWith('PyTorch'),
    )
    const cells = [net, mode, name, batch]
    if (ms === null) return [...cells, 'stopped', '', '', '', '']
    return [
      ...cells,
      few(ms),
      rate.toFixed(rate < 100 ? 1 : 0),
      other ? (rate / other.rate).toFixed(2) : '',
      share === null ? '' : `${(100 * share).toFixed(0)}%`,
      peak.toFixed(0),
    ]
  })
  const head = ['net', 'mode', 'contender', 'batch', 'ms per step', 'images/s']
  return table([...head, 'to PyTorch', 'of the best convolution', 'peak MB'], rows)
}

/** Where a step's time goes: a row per net and mode, milliseconds and shares by kinds of kernels. */
const profileTable = ({ results, bestConvolution }) =>
  table(
    [
      ...['net', 'mode', 'ms per step', 'at the best rate'],
      ...results[0].parts.map(({ kind }) => kind),
      'outside kernels',
    ],
    results.map(({ net, mode, ms, atBest, parts, outside }) => [
      ...[net, mode, few(ms), few(atBest)],
      ...parts.map(({ ms: own, gflop }) => {
        const share = `${few(own)} (${((100 * own) / ms).toFixed(0)}%`
        const rate = (1e5 * gflop) / own / bestConvolution
        return gflop > 0 ? `${share}; ${rate.toFixed(0)}% of the best rate)` : `${share})`
      }),
      `${few(outside)} (${((100 * outside) / ms).toFixed(0)}%)`,
    ]),
  )

const where = ({ processor, threads, cores, node, pytorch }) =>
  `${processor}, ${threads} of ${cores} cores, Node ${node}${pytorch ? `, PyTorch ${pytorch}` : ''}`

const growthTable = ({ results }) =>
  table(
    ['growth with', 'onnx, time', 'PyTorch, time', 'onnx, memory', 'PyTorch, memory'],
    Object.entries(results).map(([name, points]) => [
      name,
      ...['ms', 'peak'].flatMap((what) =>
        ['onnx', 'pytorch'].map((one) => growth(points, (p) => p[one][what]).toFixed(2)),
      ),
    ]),
  )

const text = `# Benchmarks

Medians of training steps and inferences on the onnx backend and on PyTorch in its fastest mode, which the benchmark finds by trial. All contenders of a run take turns. This page is made by \`node tools/bench/history.mjs\` from the records in \`tools/bench/history\`.

## Where a step's time goes

${where(profile)}, ${profile.date.slice(0, 10)}, commit ${profile.commit}. \`${profile.command}\`

From ONNX Runtime's own profiles, in milliseconds per step. "At the best rate" is the time that the step's multiplications would take at the rate of the best convolution here, ${profile.bestConvolution.toFixed(0)} GFLOP/s: a bound for every implementation that convolves directly.

${profileTable(profile)}

What bounds the steps: convolutions run near the rate that ONNX Runtime's kernels reach, so the rest is passes over memory. PyTorch fuses these into fewer: relu and its gradient, a pool's indices, an optimizer's update are one pass each. In ONNX's inference operators they are several. What was tried, kept and dropped is in \`tools/bench/README.md\`.

## How a step grows

${where(scaling)} (${scaling.pytorchMode}), ${scaling.date.slice(0, 10)}, commit ${scaling.commit}. \`${scaling.command}\`

One of four is varied at a time, from a VGG-11 at 1/8 width on images of 28 pixels in batches of 64.

![Milliseconds per training step of onnx and PyTorch by batch, image size, width and depth](./figures/scaling.svg)

The exponents of the time and of the peak memory, over the upper half of each range (1 is linear):

${growthTable(scaling)}

${runs
  .map(
    (run) => `## Steps of ${run.date.slice(0, 10)}, commit ${run.commit}

${where(run)}; the best convolution on onnx reaches ${run.bestConvolution.toFixed(0)} GFLOP/s. "To PyTorch" is the ratio of images per second. \`${run.command}\`

${stepTable(run)}
`,
  )
  .join('\n')}`
writeFileSync(new URL('../../docs/benchmarks.md', import.meta.url), text)
