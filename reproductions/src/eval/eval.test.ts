import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { memoryDataset } from '@retable/datasets'
import { model, modelNames, vgg } from '@retable/models'
import { afterAll, describe, expect, it, test } from 'vitest'
import { evaluateWeights } from './evaluate-weights.js'
import { errorInterval, meanInterval } from './interval.js'
import { testPasses, preparation } from './preparation.js'
import { netNamed, torchvisionNets } from './published.js'
import { readPublishedWeights } from './read-weights.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-eval-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A picture of one color. */
const plain = (rgb: readonly number[], height: number, width: number) => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => rgb[i % 3]!),
  height,
  width,
  channels: 3,
})

describe('intervals', () => {
  it("are Wilson's, also at the ends", () => {
    // z² = 3.8415: (0.4 + 0.19207 ± 1.95996·√(0.024 + 0.0096036))/1.38415 of 4 in 10.
    const [low, high] = errorInterval(4, 10)
    expect(low).toBeCloseTo(16.818, 3)
    expect(high).toBeCloseTo(68.7326, 3)
    // 0 of n: from 0 to z²/(n + z²).
    const [none, few] = errorInterval(0, 50)
    expect(none).toBeCloseTo(0, 12)
    expect(few).toBeCloseTo((100 * 3.841459) / 53.841459, 4)
  })

  it('of a mean, by hand', () => {
    // Mean 2, standard deviation 1, n = 3.
    const [low, high] = meanInterval([1, 2, 3])!
    expect(low).toBeCloseTo(2 - 1.959964 / Math.sqrt(3), 5)
    expect(high).toBeCloseTo(2 + 1.959964 / Math.sqrt(3), 5)
    expect(meanInterval([1])).toBeNull()
  })
})

describe('preparation', () => {
  it("gives torchvision's nets values less mean, over std, and Caffe's gray levels less the mean pixel", () => {
    const gray = plain([128, 0, 255], 300, 400)
    const one = preparation(256, 'torchvision', 'center')(gray)
    if (Array.isArray(one)) throw new Error('one view')
    const seen = one as { data: Float32Array; height: number; width: number }
    expect(seen).toMatchObject({ height: 224, width: 224 })
    expect(seen.data[0]).toBeCloseTo((128 / 255 - 0.485) / 0.229, 5)
    expect(seen.data[1]).toBeCloseTo(-0.456 / 0.224, 5)
    expect(seen.data[2]).toBeCloseTo((1 - 0.406) / 0.225, 5)
    const caffe = preparation(256, 'caffe', 'dense')(gray) as { data: Float32Array; height: number; width: number } // prettier-ignore
    expect(caffe).toMatchObject({ height: 256, width: 341 })
    expect(caffe.data[0]).toBeCloseTo(128 - 123.68, 3)
    expect(caffe.data[2]).toBeCloseTo(255 - 103.939, 3)
  })

  it('makes as many views as the protocols have', () => {
    const image = plain([1, 2, 3], 256, 300)
    expect(preparation(256, 'torchvision', 'ten-crop')(image)).toHaveLength(10)
    expect(preparation(256, 'torchvision', 'multi-crop')(image)).toHaveLength(50)
    expect(() => preparation(256, 'cafe' as 'caffe', 'center')).toThrow(
      /unknown pixels "cafe"; did you mean "caffe"/,
    )
  })
})

it('passes over the images once a scale, for both at each scale densely and in crops', () => {
  expect(testPasses('ten-crop', [256])).toEqual([{ Q: 256, views: 'ten-crop' }])
  expect(testPasses('both', [256, 384])).toEqual([
    { Q: 256, views: 'dense' },
    { Q: 256, views: 'multi-crop' },
    { Q: 384, views: 'dense' },
    { Q: 384, views: 'multi-crop' },
  ])
})

it("names nets that there are, with the layers that torchvision's have", () => {
  const parameters: Readonly<Record<string, number>> = {
    alexnet: 61_100_840,
    vgg11: 132_863_336,
    vgg13: 133_047_848,
    vgg16: 138_357_544,
    vgg19: 143_667_240,
  }
  for (const [name, { model: ours }] of Object.entries(torchvisionNets)) {
    expect(modelNames).toContain(ours)
    expect(model(ours).parameterCount, name).toBe(parameters[name])
  }
})

it('lists every name that it knows for one that is none', () => {
  expect(() => netNamed('resnet50')).toThrow(
    /^unknown model "resnet50"; known: alexnet, vgg11, vgg13, vgg16, vgg19, alexnet-two-tower, /,
  )
})

it('tells weights of another net by the first difference', async () => {
  const path = fileURLToPath(
    new URL('../../../packages/models/fixtures/vgg11.safetensors', import.meta.url),
  )
  await expect(readPublishedWeights(path, vgg('D'))).rejects.toThrow(
    /^.+vgg11.safetensors: "features.0.weight" has shape \[2, 3, 3, 3\], but layer "conv1_1" of vgg-D [^[]+ takes \[64, 3, 3, 3\]$/,
  )
})

it('says which files it reads', async () => {
  const path = join(folder, 'vgg16-397923af.pth')
  // PyTorch's own format is a zip archive.
  writeFileSync(path, 'PK\x03\x04 and what follows')
  await expect(readPublishedWeights(path, vgg('D'))).rejects.toThrow(
    /vgg16-397923af.pth is neither .safetensors nor .h5; save PyTorch's .pth by safetensors.torch/,
  )
})

it('wants a set of as many classes as the net', async () => {
  const store = { height: 1, width: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3), labels: Int32Array.of(0) } // prettier-ignore
  const dataset = memoryDataset({ name: 'dots', classes: ['a'], store })
  await expect(
    evaluateWeights({
      model: 'vgg16',
      weights: 'none.safetensors',
      dataset,
      protocol: 'center',
      pixels: 'torchvision',
      scales: [256],
      batchSize: 1,
      limit: null,
    }),
  ).rejects.toThrow('dots has 1 classes, vgg-D tells 1000 apart')
})

const bin = fileURLToPath(new URL('../../dist/bin/retable.js', import.meta.url))
const run = async (...words: readonly string[]) => {
  const env = { ...process.env, RETABLE_CACHE: folder }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...words], { env })
    return { code: 0, out: stdout, err: '' }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const noWeights = join(folder, 'x.safetensors')
writeFileSync(noWeights, 'no weights')
test.each([
  [['eval', 'vgg16'], /required option '--weights <file>'/],
  [['eval', 'vgg16', '--weights', noWeights, '--protocol', 'centre'], /unknown protocol "centre"; did you mean "center"/], // prettier-ignore
  [['eval', 'vgg16', '--weights', noWeights, '--data', 'nowhere'], /there is no folder nowhere; put train\/<synset>/], // prettier-ignore
  [['eval', 'vgg99', '--weights', noWeights], /unknown model "vgg99"/],
  [['eval', 'vgg16', '--weights', 'none.h5'], /cannot read none.h5: /],
])('%j ends in a sentence', { timeout: 120_000 }, async (words, message) => {
  const { code, err } = await run(...words)
  expect(code).not.toBe(0)
  expect(err).toMatch(message)
  expect(err).not.toMatch(/\n\s+at /)
})

test.each([
  ['--limit', '0', 'expected a whole number of at least 1, got "0"'],
  ['--batch-size', 'ten', 'expected a whole number of at least 1, got "ten"'],
  ['--threads', '1.5', 'expected a whole number of at least 1, got "1.5"'],
  ['--scale', '', 'expected a whole number of at least 224, got ""'],
  ['--scale', '256,100', 'expected a whole number of at least 224, got "100"'],
  ['--scale', '256,384,256', 'expected each scale once, got "256,384,256"'],
])('%s %j is wrong use, and named', { timeout: 120_000 }, async (option, value, sentence) => {
  const { code, err } = await run('eval', 'vgg16', '--weights', noWeights, option, value)
  expect(code).toBe(2)
  expect(err).toMatch(
    new RegExp(`^retable: option '${option} <.*>' argument '${value}' is invalid`),
  )
  expect(err).toContain(sentence)
})
