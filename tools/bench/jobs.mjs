// The throughput of several jobs with few threads each against one job with all threads, for the nets that the tiers
// train: what `retable run --jobs N --threads M` makes of this machine.
//
//   node tools/bench/jobs.mjs [--nets 'vgg-11 at 1/8,vgg-19 at 1/8,alexnet at 1/8'] [--batch 64] [--seconds 4]
//     [--rounds 3] [--json FILE]
//
// Each job is a process that trains on onnx as `fit` does. The ways take turns; medians of images per second in all jobs
// together. Build first.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nets } from './nets.mjs'
import { median } from './median.mjs'

const { values } = parseArgs({
  options: {
    nets: {
      type: 'string',
      default: Object.keys(nets)
        .filter((n) => n.endsWith('1/8'))
        .join(),
    },
    batch: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
})
const cores = availableParallelism()
const seconds = Number(values.seconds)
const worker = fileURLToPath(new URL('training-step-worker.mjs', import.meta.url))

/** Ways to divide the cores: [jobs, threads]. */
const ways = []
for (let jobs = 1; jobs <= cores; jobs *= 2) ways.push([jobs, Math.floor(cores / jobs)])

const start = (net, threads, batch) => {
  const settings = { net, mode: 'training', backend: 'onnx', threads, batch }
  const child = spawn(process.execPath, [worker, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const step = async () => {
    child.stdin.write('\n')
    await lines.next()
  }
  return { ready: () => lines.next(), step, stop: () => child.stdin.end() }
}

const results = []
for (const net of values.nets.split(',')) {
  const batch = Number(values.batch ?? nets[net].batch)
  const crews = []
  for (const [jobs, threads] of ways) {
    const crew = Array.from({ length: jobs }, () => start(net, threads, batch))
    for (const { ready } of crew) await ready()
    for (const { step } of crew) for (let i = 0; i < 5; i++) await step()
    crews.push({ jobs, threads, crew, rates: [] })
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { crew, rates } of crews) {
      const began = performance.now()
      const until = began + seconds * 1e3
      const counts = await Promise.all(
        crew.map(async ({ step }) => {
          let steps = 0
          for (; performance.now() < until; steps++) await step()
          return (steps * batch * 1e3) / (performance.now() - began)
        }),
      )
      rates.push(counts.reduce((a, b) => a + b, 0))
    }
  }
  for (const { crew } of crews) for (const { stop } of crew) stop()
  const single = median(crews[0].rates)
  for (const { jobs, threads, rates } of crews) {
    const rate = median(rates)
    results.push({ net, batch, jobs, threads, imagesPerSecond: rate, ratio: rate / single })
    console.log(
      `${net}, batch ${batch}: --jobs ${jobs} --threads ${threads}: ${rate.toFixed(0)} images/s, ${(rate / single).toFixed(2)} times`,
    )
  }
}
if (values.json) {
  const about = { processor: cpus()[0]?.model, cores, node: process.version }
  writeFileSync(values.json, `${JSON.stringify({ ...about, results }, null, 2)}\n`)
}
