/**
 * Images a second through the training transforms, one thread, beside the numbers to reach and torchvision's.
 *
 *     npx nx run transforms:build && node tools/bench/transforms.mjs [--seconds 2] [--python python3]
 *
 * "fused" writes into a batch's buffer by `compose(…).into`; "one by one" calls each transform in turn. CPU rates count
 * the process's own CPU time, so that other work on the machine does not show. torchvision's row needs a Python with
 * torch and torchvision, on one thread; without it, it says so.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { createRandom } from '@retable/core'
import * as t from '@retable/transforms'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
  },
})
const seconds = Number(options.seconds)

const picture = (height, width) => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251),
  height,
  width,
  channels: 3,
})
const rgb = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] }
const colors = {
  eigenvectors: [
    [0.57, 0.58, 0.58],
    [0.72, -0.01, -0.69],
    [0.4, -0.81, 0.42],
  ],
  eigenvalues: [0.21, 0.018, 0.0075],
}

const pipelines = [
  {
    name: '32×32: crop with padding 4, flip, normalize',
    image: picture(32, 32),
    parts: [t.randomCrop({ size: 32, padding: 4 }), t.randomHorizontalFlip(), t.normalize(rgb)],
    target: 20_000,
    torchvision: {
      size: [32, 32],
      transform:
        'T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(M, S)',
    },
  },
  {
    name: '32×32: resize to 128, flip, normalize',
    image: picture(32, 32),
    parts: [t.resize({ size: 128 }), t.randomHorizontalFlip(), t.normalize(rgb)],
    target: 2_000,
    torchvision: {
      size: [32, 32],
      transform: 'T.Resize(128), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize(M, S)',
    },
  },
  {
    name: '375×500: VGG (scale 256–512, crop 224, flip, color, mean)',
    image: picture(375, 500),
    parts: [
      t.randomScale({ min: 256, max: 512 }),
      t.randomCrop({ size: 224 }),
      t.randomHorizontalFlip(),
      t.pcaColor(colors),
      t.subtractMeanRgb({ mean: [0.485, 0.456, 0.406] }),
    ],
  },
  {
    name: '256×341: crop 224, flip, color, mean',
    image: picture(256, 341),
    parts: [
      t.randomCrop({ size: 224 }),
      t.randomHorizontalFlip(),
      t.pcaColor(colors),
      t.subtractMeanRgb({ mean: [0.485, 0.456, 0.406] }),
    ],
  },
]

/** Calls a second of `once(i)`, on the clock and by CPU time: a second's warm-up, then `seconds`. */
const rate = (once) => {
  const until = (limit) => {
    const begin = performance.now()
    let n = 0
    while (performance.now() - begin < 1000 * limit) for (let k = 0; k < 20; k++) once(n++)
    return { n, elapsed: (performance.now() - begin) / 1000 }
  }
  until(1)
  const before = process.cpuUsage()
  const { n, elapsed } = until(seconds)
  const { user, system } = process.cpuUsage(before)
  return { clock: n / elapsed, cpu: n / ((user + system) / 1e6) }
}

const torchvisionRate = ({ size, transform }) => {
  const script = `
import time, torch, numpy as np
from PIL import Image
from torchvision import transforms as T
torch.set_num_threads(1)
M, S = ${JSON.stringify(rgb.mean)}, ${JSON.stringify(rgb.std)}
image = Image.fromarray(np.random.randint(0, 256, (${size}, 3), np.uint8))
t = T.Compose([${transform}])
def run(limit):
    begin, cpu, n = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - begin < limit:
        for _ in range(20): t(image)
        n += 20
    return n / (time.perf_counter() - begin), n / (time.process_time() - cpu)
run(0.5)
print(*run(${seconds}))`
  const made = spawnSync(options.python, ['-c', script], { encoding: 'utf8' })
  if (made.status !== 0) return undefined
  const [clock, cpu] = made.stdout.trim().split(' ').map(Number)
  return { clock, cpu }
}

const rows = []
const text = (r) =>
  r === undefined
    ? ['not run', '']
    : [r.clock, r.cpu].map((n) => Math.round(n).toLocaleString('en'))
for (const { name, image, parts, target, torchvision } of pipelines) {
  const random = createRandom(1)
  const whole = t.compose(parts)
  const { height, width, channels } = whole(image, random)
  const out = new Float32Array(height * width * channels)
  const fused = rate((i) => whole.into(image, random.stream('example', i), out, 0))
  const single = rate((i) => {
    const example = random.stream('example', i)
    out.set(parts.reduce((x, part) => part(x, example.stream(part.name, 0)), image).data)
  })
  rows.push({
    pipeline: name,
    'to reach': target?.toLocaleString('en') ?? '',
    'fused, clock': text(fused)[0],
    'fused, CPU': text(fused)[1],
    'one by one, CPU': text(single)[1],
    'torchvision, clock': torchvision ? text(torchvisionRate(torchvision))[0] : '',
  })
}
const random = createRandom(1)
const stream = rate((i) => random.stream('example', i, 'randomCrop', 0).uniform())
console.log(`Node ${process.version}; images a second`)
console.table(rows)
console.log(`a new stream and its first draw: ${(1e6 / stream.cpu).toFixed(1)} µs of CPU time`)
