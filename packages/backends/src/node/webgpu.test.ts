import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { requireFrom } from '@retable/core/node'
import { expect, it } from 'vitest'

const isInstalled = (() => {
  try {
    requireFrom(import.meta.url).resolve('webgpu/package.json')
    return true
  } catch {
    return false
  }
})()
/** Chromium's Vulkan in software: right, and some hundred times slower than a GPU. */
const chromium = '/usr/lib/chromium'
const icd = join(chromium, 'vk_swiftshader_icd.json')

/** Prints the largest difference of a net's loss and gradients from cpu's, relative to each one's largest value. */
const source = `
import { createRandom, valueAndGrads } from '@retable/core'
import { conv2d, dense, flatten, localResponseNorm, maxPool, relu, sequential } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@retable/backends'
const net = sequential([
  conv2d({ name: 'c1', filters: 6, kernelSize: 5, strides: 2, padding: 2 }),
  relu(),
  localResponseNorm(),
  maxPool({ size: 3, stride: 2 }),
  conv2d({ name: 'c2', filters: 8, kernelSize: 3, padding: 1, groups: 2 }),
  relu(),
  flatten(),
  dense({ name: 'fc', units: 5 }),
])
const found = []
for (const name of ['cpu', 'webgpu']) {
  const { why } = await useBackend(name)
  if (name === 'webgpu') console.log(why)
  const params = net.init(createRandom(3), [16, 16, 3])
  const pixels = createRandom('images').fillNormal(new Float32Array(2 * 16 * 16 * 3))
  const images = tf.tensor4d(pixels, [2, 16, 16, 3])
  const { value, grads } = valueAndGrads((p) => {
    const y = net.apply(p, images, { training: true, random: createRandom(4) })
    return tf.mean(tf.square(y))
  }, params)
  const values = {}
  for (const [key, tensor] of Object.entries({ loss: value, ...grads })) values[key] = await tensor.data()
  found.push(values)
}
let worst = 0
for (const [key, cpu] of Object.entries(found[0])) {
  const largest = Math.max(...cpu.map(Math.abs))
  if (!(largest > 0)) throw new Error(key + ' is all 0')
  worst = Math.max(worst, ...cpu.map((v, i) => Math.abs(v - found[1][key][i]) / largest))
}
console.log(worst)
`

// The package is optional (60 MB); `npm install --no-save webgpu` brings it.
it.runIf(isInstalled && existsSync(icd))(
  'WebGPU in Node: the gradients of a net are those of cpu',
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', source],
      {
        cwd: fileURLToPath(new URL('../../../../reproductions', import.meta.url)),
        env: { ...process.env, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: chromium },
      },
    )
    const [why, worst] = stdout.trim().split('\n')
    expect(why).toBe('asked for (WebGPU, Dawn in Node)')
    expect(Number(worst)).toBeLessThan(1e-5)
  },
  180_000,
)
