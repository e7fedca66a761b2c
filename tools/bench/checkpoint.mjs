/**
 * What a checkpoint of VGG-16 with Adam (1.66 GB) costs the training, and how long going on from it takes.
 *
 *     npx nx run training:build && npx nx run backends:build && node tools/bench/checkpoint.mjs
 *       [--backend onnx] [--net vgg-D] [--size 224] [--batch 2] [--steps 52] [--every 6] [--dir DIR] [--minutes 5]
 *
 * Trains without checkpoints for a quarter of the steps, then saves every so many. The cost of a save is all the time
 * that the steps from its beginning to four after its end took beyond the median step without: what is written, hashed
 * and flushed beside them, and memory newly allocated, are in it. The first three find room on the disk and in memory;
 * those after write over what is there, and are what a long run pays: as a share of it, that cost in `--minutes`. A
 * restore reads the file, checks its SHA-256 and makes the tensors; the file lies in the system's cache.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { useBackend } from '@retable/backends'
import { createRandom } from '@retable/core'
import { model } from '@retable/models'
import { adam } from '@retable/optimizers'
import { disposeState, fit } from '@retable/training'
import { checkpointFolder } from '@retable/training/node'
import { median } from './median.mjs'

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'onnx' },
    net: { type: 'string', default: 'vgg-D' },
    size: { type: 'string', default: '224' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '52' },
    every: { type: 'string', default: '6' },
    dir: { type: 'string', default: tmpdir() },
    minutes: { type: 'string', default: '5' },
  },
})
const [size, batch, steps, every, minutes] = ['size', 'batch', 'steps', 'every', 'minutes'].map(
  (name) => Number(options[name]),
)
const { why } = await useBackend(options.backend)
const random = createRandom(1)
const net = model(options.net, { classes: 1000, inputSize: size, initialization: 'glorot' })
const images = random.fillNormal(new Float32Array(batch * size * size * 3))
const data = (epoch, { startBatch }) => ({
  async *[Symbol.asyncIterator]() {
    for (let index = startBatch; index < 1000; index++) {
      const labels = Int32Array.from({ length: batch }, (_, i) => (index + i) % 1000)
      const indices = Uint32Array.from({ length: batch }, (_, i) => index * batch + i)
      yield { images, labels, indices, shape: [batch, size, size, 3], index }
    }
  },
})
const seconds = (value) => `${value.toFixed(2)} s`

const dir = mkdtempSync(join(options.dir, 'retable-bench-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
const folder = checkpointFolder({ dir, identity: { bench: 1 } })
const first = Math.floor(steps / 4)
const ends = []
const cpus = []
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
const saves = []
let done = 0
const trained = await fit({
  model: net,
  params: net.init(random),
  disposeStart: true,
  data,
  stepsPerEpoch: 1000,
  steps,
  optimizer: adam({ weightDecay: 5e-4 }),
  schedule: 1e-5,
  random,
  validation: { run: async () => ({}), every: { steps: 1_000_000 } },
  onStep: ({ step }) => {
    ends.push(performance.now())
    cpus.push(cpuSeconds())
    done = step
  },
  checkpoint: {
    everySteps: 1,
    save: async (state, release) => {
      if (done < first || (done - first) % every !== 0) return release()
      const entry = { step: done, began: performance.now() }
      saves.push(entry)
      await folder.save(state, release)
      entry.took = (performance.now() - entry.began) / 1000
      entry.until = done
    },
  },
})
const times = ends.map((end, i) => (i === 0 ? Infinity : (end - ends[i - 1]) / 1000))
const plain = median(times.slice(3, first))
const cpuTimes = cpus.map((end, i) => (i === 0 ? Infinity : end - cpus[i - 1]))
const plainCpu = median(cpuTimes.slice(3, first))
console.log(`${options.net}, ${size} px, batch ${batch}, Adam; ${why}`)
console.log(`median step without checkpoints: ${seconds(plain)} over ${first - 3} steps`)
const file = readdirSync(dir).find((name) => name.endsWith('.safetensors'))
console.log(`state: ${(statSync(join(dir, file)).size / 1e9).toFixed(2)} GB`)
const costs = saves
  .filter(({ until = steps }) => until + 4 <= steps)
  .map(({ step, until, took }) => {
    const window = times.slice(step, until + 4)
    const cost = window.reduce((sum, time) => sum + time - plain, 0)
    const cpu = cpuTimes.slice(step, until + 4).reduce((sum, time) => sum + time - plainCpu, 0)
    console.log(
      `save after step ${step}: written in ${seconds(took)} during ${until - step} steps; steps then ${window.map((time) => time.toFixed(2)).join(' ')}; cost ${seconds(cost)}, ${seconds(cpu)} of processor time`,
    )
    return cost
  })
// Until three files and the copy in memory are there, each save allocates them again.
const cost = median(costs.slice(3))
console.log(
  `cost of a save from the fourth on, median: ${seconds(cost)}, ${((100 * cost) / (minutes * 60)).toFixed(2)}% of a run that saves every ${minutes} minutes`,
)
// The same without training beside it: what a save takes of the processor, whatever else the machine does.
const alone = []
for (let i = 0; i < 3; i++) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  let copied
  await folder.save(trained.state, () => (copied = (performance.now() - began) / 1000))
  const { user, system } = process.cpuUsage(cpu)
  alone.push({
    copied,
    took: (performance.now() - began) / 1000,
    cpu: (user + system) / 1e6,
  })
}
const of = (name) => seconds(median(alone.map((one) => one[name])))
console.log(
  `a save with nothing beside it: copied in ${of('copied')}, on the disk after ${of('took')}, ${of('cpu')} of processor time`,
)
disposeState(trained.state)
const restores = []
for (let i = 0; i < 3; i++) {
  const began = performance.now()
  const { state } = await checkpointFolder({ dir, identity: { bench: 1 } }).latest()
  restores.push((performance.now() - began) / 1000)
  disposeState(state)
}
console.log(
  `restore, hash checked: ${restores.map(seconds).join(', ')}; median ${seconds(median(restores))}`,
)
process.exit()
