// Where a training step (or an inference) of the benchmarks' nets goes on the onnx backend, from ONNX Runtime's own profiles:
//
//   node tools/bench/profile.mjs [--only alexnet,vgg-16,training,…] [--steps N] [--threads N] [--nodes N]
//     [--json FILE] [--history]
//
// Per net and mode: what each kind of kernel takes per step, its arithmetic and its rate as a share of the best convolution
// that onnx reaches here. "At the best rate" is the time that the step's multiplications alone would take: what is above it is
// slower kernels, passes over memory, and what happens outside kernels. `--nodes 10` lists the slowest nodes too.
// `--history` writes the results to tools/bench/history/profile. Profiling itself costs about 10 µs per node. Build first.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contendersOf } from './contenders.mjs'
import { median } from './median.mjs'
import { nets } from './nets.mjs'
import { readOnly } from './only.mjs'
import { aboutRun, writeRecord } from './record.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    steps: { type: 'string', default: '12' },
    threads: { type: 'string', default: String(availableParallelism()) },
    nodes: { type: 'string', default: '0' },
    json: { type: 'string' },
    history: { type: 'boolean', default: false },
  },
})
const modes = ['training', 'inference']
const asked = readOnly(values.only, Object.keys(nets), modes)

/** Kinds of kernels, by ONNX's names; what is in none is arithmetic by elements. */
const kinds = {
  convolutions: ['Conv', 'FusedConv', 'ConvTranspose'],
  'matrix products': ['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul'],
  'pools and their gradients': [
    ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'MaxUnpool', 'ScatterElements', 'Upsample'],
  ],
  'reordering and copies': [
    ...['ReorderInput', 'ReorderOutput', 'Transpose', 'Pad', 'Gather', 'Slice', 'Concat', 'Split'],
    ...['Reshape', 'Expand', 'Identity'],
  ],
  sums: ['ReduceSum', 'ReduceMean', 'ReduceMax', 'Sum'],
}
const arithmetic = 'arithmetic by elements'
const kindOf = (op) => Object.keys(kinds).find((kind) => kinds[kind].includes(op)) ?? arithmetic

const product = (dims) => dims.reduce((a, b) => a * b, 1)

/** Floating-point operations of a node, from its shapes; 0 unless it is a convolution or a product. */
const operations = (op, inputs, outputs) => {
  const [a, b] = inputs
  const [y] = outputs
  if (!a || !b || !y) return 0
  // Of a convolution's filter [O, I, kh, kw] all but O meets each number of the output; in blocks few channels are not filled up.
  if (['Conv', 'FusedConv'].includes(op)) return 2 * product(y) * product(b.slice(1))
  if (op === 'ConvTranspose') return 2 * product(a) * product(b.slice(1))
  if (kinds['matrix products'].includes(op)) {
    // What both matrices share is counted twice in their product and not at all in the output's.
    const batch = product(y.slice(0, -2))
    return 2 * batch * Math.sqrt((product(a) / batch) * (product(b) / batch) * (product(y) / batch))
  }
  return 0
}

const shapesOf = (list) => (list ?? []).map((shape) => Object.values(shape)[0] ?? [])

/** The nodes of the last half of all runs, those of one operator and shapes together. */
const readProfiles = (folder) => {
  const nodes = new Map()
  for (const file of readdirSync(folder)) {
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const runs = events.filter(({ name }) => name === 'model_run')
    // Sessions of the first steps, before the step is replayed, run once or twice.
    if (runs.length < 4) continue
    const first = runs[Math.floor(runs.length / 2)].ts
    for (const { cat, name, ts, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < first) continue
      const inputs = shapesOf(args.input_type_shape)
      const outputs = shapesOf(args.output_type_shape)
      const key = JSON.stringify([args.op_name, inputs, outputs])
      const found = nodes.get(key) ?? { op: args.op_name, inputs, outputs, us: 0, count: 0 }
      found.us += dur
      found.count++
      nodes.set(key, found)
    }
  }
  return [...nodes.values()]
}

const threads = Number(values.threads)
const { start } = contendersOf(threads, 1e6)
const best = start('onnx', { mode: 'convolution' })
await best.ready()
const { rate } = await best.step()
await best.stop()
console.log(`best convolution on onnx: ${rate.toFixed(0)} GFLOP/s, ${threads} threads\n`)

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)
const steps = Number(values.steps)
const results = []
for (const net of asked(Object.keys(nets))) {
  for (const mode of asked(modes)) {
    const folder = mkdtempSync(join(tmpdir(), 'retable-profile-'))
    const { batch } = nets[net]
    const worker = start('onnx', { net, mode, batch, profile: join(folder, 'run') })
    const about = await worker.ready()
    const times = []
    for (let step = 0; step < 2 * steps; step++) times.push((await worker.step()).ms)
    await worker.stop()
    const nodes = readProfiles(folder)
    rmSync(folder, { recursive: true })
    const wall = median(times.slice(steps))
    const perStep = (of, value) => of.reduce((sum, node) => sum + value(node), 0) / steps
    const parts = [...Object.keys(kinds), arithmetic].map((kind) => {
      const of = nodes.filter(({ op }) => kindOf(op) === kind)
      return {
        kind,
        ms: perStep(of, ({ us }) => us / 1e3),
        nodes: perStep(of, ({ count }) => count),
        gflop: perStep(of, (n) => (n.count * operations(n.op, n.inputs, n.outputs)) / 1e9),
      }
    })
    const inKernels = parts.reduce((sum, { ms }) => sum + ms, 0)
    const flops = (mode === 'training' ? 6 : 2) * about.multiplyAdds * batch
    const atBest = flops / rate / 1e6
    results.push({ net, mode, batch, ms: wall, atBest, parts, outside: wall - inKernels })

    console.log(
      `${net}, ${mode}, batch ${batch}: ${wall.toFixed(1)} ms per step; ${atBest.toFixed(1)} at the best rate\n`,
    )
    row('kernels', 'ms', 'share', 'nodes', 'GFLOP/s', 'of the best')
    row(...Array(6).fill('---'))
    for (const { kind, ms, nodes: count, gflop } of parts) {
      const speed = (1e3 * gflop) / ms
      const rates =
        gflop > 0 ? [speed.toFixed(0), `${((100 * speed) / rate).toFixed(0)}%`] : ['', '']
      row(kind, ms.toFixed(1), `${((100 * ms) / wall).toFixed(0)}%`, count.toFixed(0), ...rates)
    }
    const rest = wall - inKernels
    row('outside kernels', rest.toFixed(1), `${((100 * rest) / wall).toFixed(0)}%`, '', '', '')
    const slowest = nodes.toSorted((a, b) => b.us - a.us).slice(0, Number(values.nodes))
    for (const { op, inputs, outputs, us, count } of slowest) {
      const sizes = (shapes) => shapes.map((s) => s.join('×')).join(', ')
      console.log(`  ${(us / steps / 1e3).toFixed(2)} ms in ${count / steps}: ${op} ${sizes(inputs)} to ${sizes(outputs)}`) // prettier-ignore
    }
    console.log()
  }
}
writeRecord(
  'profile',
  { ...aboutRun('profile', { threads, bestConvolution: rate }), results },
  values,
)
