// Writes docs/benchmarks.md from the runs in tools/bench/history (`training-step.mjs --history` adds one):
//
//   node tools/bench/history.mjs
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const folder = new URL('history/', import.meta.url)
const runs = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .toSorted()
  .toReversed()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

const table = ({ results }) => {
  const rows = results.map(({ net, mode, name, batch, ms, rate, peak, share }) => {
    const other = results.find(
      (r) => r.net === net && r.mode === mode && r.name.startsWith('PyTorch'),
    )
    const cells = [net, mode, name, batch]
    if (ms === null) return [...cells, 'stopped', '', '', '', '']
    return [
      ...cells,
      ms.toFixed(ms < 100 ? 1 : 0),
      rate.toFixed(rate < 100 ? 1 : 0),
      other ? (rate / other.rate).toFixed(2) : '',
      share === null ? '' : `${(100 * share).toFixed(0)}%`,
      peak.toFixed(0),
    ]
  })
  const head = ['net', 'mode', 'contender', 'batch', 'ms per step', 'images/s']
  const all = [...head, 'to PyTorch', 'of the best convolution', 'peak MB']
  return [all, all.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const text = `# Benchmarks

Medians of training steps and inferences, all contenders of a run taking turns step by step, newest run first. "To PyTorch" is the ratio of images per second to PyTorch's fastest mode on that machine, which the benchmark finds by trial. This page is made by \`node tools/bench/history.mjs\` from the files in \`tools/bench/history\`.

${runs
  .map(
    (run) => `## ${run.date.slice(0, 10)}, commit ${run.commit}

${run.processor}, ${run.threads} of ${run.cores} cores, Node ${run.node}${run.pytorch ? `, PyTorch ${run.pytorch}` : ''}; the best convolution on onnx reaches ${run.bestConvolution.toFixed(0)} GFLOP/s. \`${run.command}\`

${table(run)}
`,
  )
  .join('\n')}`
writeFileSync(new URL('../../docs/benchmarks.md', import.meta.url), text)
