import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@retable/core'
import { useBackend } from '@retable/backends'
import { synthetic } from '@retable/datasets'
import type { Unit, UnitContext } from '@retable/harness'
import { modelFromSpec } from '@retable/models'
import { afterAll, expect, test } from 'vitest'
import { fusePredictions } from './fuse-predictions.js'
import { viewsOf } from './configs.js'
import { evaluateNet } from './evaluate-net.js'
import { multiplyAdds } from './net.js'
import { trainNet } from './train-net.js'
import type { TrainConfig } from './configs.js'

const folder = mkdtempSync(join(tmpdir(), 'retable-estimates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const net = {
  kind: 'cifarNet',
  variant: '18pct',
  classes: 10,
  inputSize: 32,
  widthScale: 1 / 2,
  initialization: 'he',
} as const
const data = { kind: 'synthetic', split: 'train', seed: 1, size: 32 }
const config: TrainConfig = {
  net,
  data,
  limit: null,
  validation: 0,
  input: { scale: [32, 32], crop: 32, flip: 0, color: false, pixels: 'levels' },
  startFrom: null,
  learning: {
    batchSize: 2,
    length: { steps: 1 },
    optimizer: { kind: 'adam' },
    schedule: { kind: 'constant', learningRate: 1e-3 },
  },
}

/** Runs a unit in a folder of its own and returns the sizes of the files in it, by name. */
const sizesOf = async (unit: Unit): Promise<Readonly<Record<string, number>>> => {
  const workDir = mkdtempSync(join(folder, 'unit-'))
  await unit.definition.run({
    config: unit.config,
    needs: {},
    random: createRandom(1),
    workDir,
    artifact: (name: string) => join(workDir, name),
    data: async () => ({ dataset: synthetic({ seed: 1, length: 4 }) }),
    identity: () => ({}),
    log: () => undefined,
    point: () => undefined,
    progress: () => undefined,
    checkpointMinutes: 5,
    workers: 0,
    signal: new AbortController().signal,
  } as unknown as UnitContext)
  return Object.fromEntries(
    readdirSync(workDir, { recursive: true })
      .map(String)
      .map((name) => [name, statSync(join(workDir, name)).size]),
  )
}

test('bytes of a training are those that it writes', async () => {
  await useBackend('cpu')
  const unit = trainNet({ config, seed: 1 })
  const { artifactBytes, checkpointBytes, memoryBytes } = trainNet.definition.estimate!(unit)
  const sizes = await sizesOf(unit)
  const within = (bytes: number, estimate: number) => Math.abs(bytes / estimate - 1)
  expect(within(sizes['weights.safetensors']!, artifactBytes)).toBeLessThan(0.05)
  const checkpoint = Object.entries(sizes).find(([name]) =>
    /checkpoint-\d+\.safetensors$/.test(name),
  )
  // Parameters and Adam's two moments; three such files at once.
  expect(within(3 * checkpoint![1], checkpointBytes)).toBeLessThan(0.05)
  expect(checkpointBytes).toBe(9 * artifactBytes)
  const { parameterBytes, activationBytes } = modelFromSpec(net).summary().totals
  expect(memoryBytes).toBeGreaterThan(7 * parameterBytes + 2 * activationBytes)
})

test('a test keeps the posteriors of its images, whose number its cost tells; a fusion reads them', () => {
  const protocol = { kind: 'dense' } as const
  const cost = multiplyAdds(net) * viewsOf(protocol, 64, 32) * 500
  const tested = evaluateNet({
    config: { net, data, limit: null, scale: 64, pixels: 'levels', protocol },
    seed: 1,
    cost,
  })
  const { artifactBytes } = evaluateNet.definition.estimate!(tested)
  // Ten probabilities, and loss, label and index, for each of 500 images.
  expect(artifactBytes).toBe(500 * (10 * 4 + 16))
  const fused = fusePredictions({
    config: { limit: null },
    seed: 1,
    needs: { a: tested, b: tested },
  })
  expect(fusePredictions.definition.estimate!(fused)).toEqual({
    memoryBytes: 4 * artifactBytes,
    checkpointBytes: 0,
    artifactBytes: 0,
  })
})
