/**
 * Images a second through the loader on CIFAR-10, beside the numbers to reach and torchvision's DataLoader.
 *
 *     npx nx run datasets:build && node tools/bench/loader.mjs [--data DIR] [--seconds 3] [--rounds 3] [--python python3]
 *
 * Shuffled batches of 64, float32, from images in memory: one thread, then worker threads. Each row is the median of the
 * rounds, the contenders taking turns. "per CPU second" counts the process's own CPU time, threads and all, so that
 * other work on the machine shows less. Without a folder that holds CIFAR-10, random bytes of the same shape take its
 * place. torchvision's rows need a Python with torch and torchvision; it decodes nothing either, its images lie in memory
 * as the numpy array of `torchvision.datasets.CIFAR10`, and it has one thread (num_workers=0).
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { createRandom } from '@retable/core'
import { loader, memoryDataset } from '@retable/datasets'
import { cifar10 } from '@retable/datasets/node'
import * as t from '@retable/transforms'
import { median } from './median.mjs'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.RETABLE_DATA ?? '' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
  },
})
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)

const randomBytes = () => {
  const random = createRandom(1)
  const length = 10_000
  return memoryDataset({
    name: 'random bytes',
    classes: Array.from({ length: 10 }, (_, k) => String(k)),
    store: {
      height: 32,
      width: 32,
      channels: 3,
      pixels: Uint8Array.from({ length: length * 3072 }, () => random.int(256)),
      labels: Int32Array.from({ length }, (_, i) => i % 10),
    },
  })
}
const dataset =
  options.data === '' ? randomBytes() : await cifar10({ dir: options.data, split: 'train' })

const rgb = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] }
const pipelines = [
  {
    name: '32 px: crop with padding 4, flip, normalize',
    transform: t.compose([
      t.randomCrop({ size: 32, padding: 4 }),
      t.randomHorizontalFlip(),
      t.normalize(rgb),
    ]),
    torchvision:
      'T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(M, S)',
    target: 20_000,
  },
  {
    name: '128 px: resize, flip, normalize',
    transform: t.compose([t.resize({ size: 128 }), t.randomHorizontalFlip(), t.normalize(rgb)]),
    torchvision: 'T.Resize(128), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(M, S)',
    target: 2_000,
  },
]

/** Images a second over `seconds`, by the clock and by CPU time, the first batches left out. */
const measure = async (pipeline, workers, release) => {
  const batches = loader(dataset, {
    batchSize: 64,
    shuffle: true,
    random: createRandom(1),
    transform: pipeline.transform,
    workers,
  })
  let images = 0
  let seen = 0
  let start = 0
  let cpu = { user: 0, system: 0 }
  let sum = 0
  for (let e = 0; ; e++) {
    for await (const batch of batches.epoch(e)) {
      sum += batch.images[batch.images.length - 1]
      if (++seen === 20) {
        start = performance.now()
        cpu = process.cpuUsage()
      } else if (seen > 20) images += batch.labels.length
      if (release) batches.release(batch)
      if (seen > 20 && performance.now() - start > seconds * 1000) {
        batches.close()
        const used = process.cpuUsage(cpu)
        if (Number.isNaN(sum)) throw new Error('the batches hold NaN')
        return {
          wall: (images / (performance.now() - start)) * 1000,
          cpu: (images / (used.user + used.system)) * 1e6,
        }
      }
    }
  }
}

const python = `
import json, os, sys, time
import numpy as np, torch
from PIL import Image
import torchvision.transforms as T
torch.set_num_threads(1)
M, S = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
data = np.random.default_rng(1).integers(0, 256, (10000, 32, 32, 3), dtype=np.uint8)
class Set(torch.utils.data.Dataset):
    def __init__(self, transform): self.transform = transform
    def __len__(self): return len(data)
    def __getitem__(self, i): return self.transform(Image.fromarray(data[i])), i % 10
loader = torch.utils.data.DataLoader(Set(T.Compose([PIPELINE])), batch_size=64, shuffle=True)
seen = images = 0
while True:
    for x, y in loader:
        seen += 1
        if seen == 20: start, cpu = time.perf_counter(), time.process_time()
        elif seen > 20: images += len(y)
        if seen > 20 and time.perf_counter() - start > SECONDS:
            print(json.dumps({"wall": images / (time.perf_counter() - start), "cpu": images / (time.process_time() - cpu)}))
            sys.exit()
`

const torchvision = (pipeline) => {
  const source = python
    .replace('PIPELINE', pipeline.torchvision)
    .replace('SECONDS', String(seconds))
  const { status, stdout, error } = spawnSync(options.python, ['-c', source], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  })
  return error !== undefined || status !== 0 ? undefined : JSON.parse(stdout)
}

const contenders = [
  { name: 'retable, one thread', run: (p) => measure(p, 0, false), counts: true },
  { name: 'retable, one thread, arrays released', run: (p) => measure(p, 0, true) },
  { name: 'retable, 1 worker', run: (p) => measure(p, 1, true) },
  { name: 'retable, 2 workers', run: (p) => measure(p, 2, true) },
  { name: 'torchvision, one thread', run: torchvision },
]
const rate = (value) => Math.round(value).toLocaleString('en').padStart(10)

console.log(`${dataset.name}, ${dataset.length} images; Node ${process.version}`)
for (const pipeline of pipelines) {
  const results = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [c, { run }] of contenders.entries()) {
      const result = await run(pipeline)
      if (result !== undefined) results[c].push(result)
    }
  }
  const goal = pipeline.target.toLocaleString('en')
  console.log(`\n${pipeline.name} (to reach: ${goal} images/s)`)
  console.log(`  ${''.padEnd(38)}  images/s  per CPU second`)
  for (const [c, { name }] of contenders.entries()) {
    if (results[c].length === 0) {
      console.log(`  ${name.padEnd(38)}  not run: no torch and torchvision for ${options.python}`)
      continue
    }
    const wall = median(results[c].map((r) => r.wall))
    const cpu = median(results[c].map((r) => r.cpu))
    console.log(`  ${name.padEnd(38)}${rate(wall)}      ${rate(cpu)}`)
  }
}
