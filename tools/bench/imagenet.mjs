/**
 * Images a second through VGG's training pipeline from real JPEG files, beside torchvision with Pillow in the same run.
 *
 *     npx nx run datasets:build && node tools/bench/imagenet.mjs --images DIR [--seconds 3] [--rounds 3] [--python python3]
 *
 * DIR holds folders named after synsets with photographs of ImageNet's size. Pipeline (VGG §3.1): decode, rescale
 * to shorter side 256 (or one drawn from 256 to 512), random 224 crop, flip, PCA color, mean subtraction, into a
 * float32 batch of 32. Contenders take turns; each row is the median of the rounds. "a core" is per second of the process's
 * own CPU time, all threads counted, so that other work on the machine shows less; files are in the page cache. Packs are
 * written before the clock starts. The last lines say how far the quick ways' pixels are from the exact ones.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRandom } from '@retable/core'
import { loader, subset } from '@retable/datasets'
import { imagenet, openPack, writePack } from '@retable/datasets/node'
import * as t from '@retable/transforms'
import { median } from './median.mjs'

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: process.env.RETABLE_IMAGENET_SAMPLES ?? '' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
  },
})
if (options.images === '') throw new Error('name a folder of photographs: --images DIR')
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)
const cacheDir = mkdtempSync(join(tmpdir(), 'retable-bench-'))
const open = (more) => imagenet({ dir: options.images, split: 'train', cacheDir, ...more })

const exact = await open({})
const pack = async (name, encoding, shorterSide) => {
  const file = join(cacheDir, `${name}.pack`)
  await writePack(await open({ shorterSide }), { file, encoding })
  return { file, kilobytes: statSync(file).size / exact.length / 1024 }
}
const packs = {
  raw: await pack('raw', 'raw', 256),
  jpeg: await pack('jpeg', 'jpeg', 256),
}
/** The same images twelve times over, so that batches are many. */
const often = (set) =>
  subset(
    set,
    Uint32Array.from({ length: 12 * set.length }, (_, i) => i % set.length),
  )

const colors = {
  eigenvectors: [
    [0.57, 0.58, 0.58],
    [0.72, -0.01, -0.69],
    [0.4, -0.81, 0.42],
  ],
  eigenvalues: [0.21, 0.018, 0.0075],
}
const rest = [
  t.randomHorizontalFlip(),
  t.pcaColor(colors),
  t.toFloat(),
  t.subtractMeanRgb({ mean: [0.485, 0.456, 0.406] }),
]
const fixed = t.compose([t.scaleAndCrop({ scale: 256, size: 224 }), ...rest])
const jittered = t.compose([t.scaleAndCrop({ scale: [256, 512], size: 224 }), ...rest])

const measure = (set, transform, workers) => async () => {
  const batches = loader(often(set), {
    batchSize: 32,
    shuffle: true,
    dropLast: true,
    random: createRandom(1),
    transform,
    workers,
  })
  let [images, seen, start, cpu] = [0, 0, 0, undefined]
  for (let e = 0; ; e++) {
    for await (const batch of batches.epoch(e)) {
      if (++seen === 6) [start, cpu] = [performance.now(), process.cpuUsage()]
      else if (seen > 6) images += batch.labels.length
      batches.release(batch)
      if (seen > 6 && performance.now() - start > seconds * 1000) {
        batches.close()
        const used = process.cpuUsage(cpu)
        const wall = (images / (performance.now() - start)) * 1000
        return { wall, cpu: (images / (used.user + used.system)) * 1e6 }
      }
    }
  }
}

const python = `
import glob, json, sys, time, random, torch
from PIL import Image
import torchvision.transforms as T
torch.set_num_threads(1)
files = sorted(glob.glob(sys.argv[1] + "/**/*.JPEG", recursive=True))
vectors = torch.tensor(${JSON.stringify(colors.eigenvectors)}); values = torch.tensor(${JSON.stringify(colors.eigenvalues)})
def color(x): return x + (vectors.T @ (torch.randn(3) * 0.1 * values)).view(3, 1, 1)
class Jitter:
    def __call__(self, x): return T.functional.resize(x, random.randint(256, 512))
t = T.Compose([Jitter() if sys.argv[2] == "jitter" else T.Resize(256), T.RandomCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), color, T.Normalize((0.485, 0.456, 0.406), (1, 1, 1))])
class Set(torch.utils.data.Dataset):
    def __len__(self): return 12 * len(files)
    def __getitem__(self, i): return t(Image.open(files[i % len(files)]).convert("RGB")), 0
seen = images = 0
while True:
    for x, y in torch.utils.data.DataLoader(Set(), batch_size=32, shuffle=True, drop_last=True):
        seen += 1
        if seen == 3: start, cpu = time.perf_counter(), time.process_time()
        elif seen > 3: images += len(y)
        if seen > 3 and time.perf_counter() - start > ${seconds}:
            print(json.dumps({"wall": images / (time.perf_counter() - start), "cpu": images / (time.process_time() - cpu)}))
            sys.exit()
`
const torchvision = (scale) => async () => {
  const made = spawnSync(options.python, ['-c', python, options.images, scale], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  })
  return made.status === 0 ? JSON.parse(made.stdout) : undefined
}

const fast = await open({ decode: 'fast' })
const raw = await openPack(packs.raw)
const contenders = [
  ['S = 256: torchvision with Pillow', torchvision('fixed')],
  ['S = 256: exact decoding', measure(exact, fixed, 0)],
  ["S = 256: decode 'fast'", measure(fast, fixed, 0)],
  ["S = 256: decode 'fast', 2 workers", measure(fast, fixed, 2)],
  ['S = 256: raw pack', measure(raw, fixed, 0)],
  ['S = 256: raw pack, 2 workers', measure(raw, fixed, 2)],
  ['S = 256: jpeg pack, exact decoding', measure(await openPack(packs.jpeg), fixed, 0)],
  ["S = 256: jpeg pack, decode 'fast'", measure(await openPack({ ...packs.jpeg, decode: 'fast' }), fixed, 0)], // prettier-ignore
  ['S in [256, 512]: torchvision with Pillow', torchvision('jitter')],
  ['S in [256, 512]: exact decoding', measure(exact, jittered, 0)],
  ["S in [256, 512]: decode 'fast'", measure(fast, jittered, 0)],
]
const results = contenders.map(() => [])
for (let round = 0; round < rounds; round++) {
  for (const [c, [, run]] of contenders.entries()) {
    const result = await run()
    if (result !== undefined) results[c].push(result)
  }
}
console.log(`${exact.length} photographs from ${options.images}; Node ${process.version}`)
console.table(
  contenders.map(([contender], c) =>
    results[c].length === 0
      ? { contender, 'images/s, a core': 'not run' }
      : {
          contender,
          'images/s, a core': Math.round(median(results[c].map(({ cpu }) => cpu))),
          'images/s, by the clock': Math.round(median(results[c].map(({ wall }) => wall))),
        },
  ),
)

const distance = async (one, other) => {
  let [sum, count, most] = [0, 0, 0]
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [(await one.get(i)).image.data, (await other.get(i)).image.data]
    for (let k = 0; k < a.length; k++) {
      const off = Math.abs(a[k] - b[k])
      sum += off
      if (off > most) most = off
    }
    count += a.length
  }
  return `mean ${(sum / count).toFixed(3)}, most ${most}`
}
const exact256 = await open({ shorterSide: 256 })
const fast256 = await open({ decode: 'fast', shorterSide: 256 })
console.log('gray levels off the exact pixels:')
console.log(`  decode 'fast': ${await distance(fast, exact)}`)
console.log(`  decode 'fast', rescaled to 256: ${await distance(fast256, exact256)}`)
console.log(`  jpeg pack at 256: ${await distance(await openPack(packs.jpeg), exact256)}`)
for (const [name, { kilobytes }] of Object.entries(packs)) {
  console.log(`${name} pack at 256: ${kilobytes.toFixed(0)} KiB an image`)
}
rmSync(cacheDir, { recursive: true })
process.exit()
