import { createHash } from 'node:crypto'
import { createRandom } from '@retable/core'
import { adam } from '@retable/optimizers'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fit } from '../../fit/fit.js'
import type { FitOptions } from '../../fit/options.js'
import { cloneState, disposeState, packState } from '../../fit/training-state.js'
import type { TrainingState } from '../../fit/training-state.js'
import { smallDisk } from '../testing/small-disk.js'
import { tinyData, tinyNet, valuesOf } from '../../testing/tiny.js'
import { checkpointFolder, type CheckpointFolderOptions } from './checkpoint-folder.js'

const net = tinyNet({ filters: 48 })
const random = createRandom(5)
const identity = { config: { rate: 0.02, net: 'tiny' }, data: 'd'.repeat(64), backend: 'cpu' }

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  model: net.model,
  ...(more.startFrom === undefined && { params: net.init(random) }),
  disposeStart: true,
  data: tinyData(),
  optimizer: adam({ weightDecay: 1e-3 }),
  schedule: 0.02,
  epochs: 3,
  random,
  trainErrors: true,
  curveEvery: 3,
  ...more,
})

const everything = (state: TrainingState) => {
  const { tensors, json } = packState(state)
  return { values: valuesOf(tensors), json }
}

const temporary = () => mkdtempSync(join(tmpdir(), 'retable-checkpoints-'))

const folderAt = (dir: string, more: Partial<CheckpointFolderOptions> = {}) => {
  const warnings: string[] = []
  const warn = (line: string) => void warnings.push(line)
  return { ...checkpointFolder({ dir, identity, warn, ...more }), warnings }
}

/** A folder with the checkpoints after steps 4 and 8, and those states. */
const saved = async (dir = temporary()) => {
  const states: TrainingState[] = []
  const { save } = folderAt(dir)
  const { state } = await fit(
    options({
      epochs: 2,
      checkpoint: {
        everySteps: 4,
        save: async (now) => {
          states.push(cloneState(now))
          await save(now)
        },
      },
    }),
  )
  disposeState(state)
  return { dir, states }
}

test('what is read back has every bit, in a folder that is made, and leaves no tensor behind', async () => {
  const dir = join(temporary(), 'a', 'b')
  expect(await folderAt(dir).latest()).toBeUndefined()
  const { states } = await saved(dir)
  const before = tf.memory().numTensors
  const found = (await folderAt(dir).latest())!
  expect(found.differs).toEqual([])
  expect(found.state.step).toBe(8)
  expect(everything(found.state)).toEqual(everything(states[1]!))
  disposeState(found.state)
  expect(tf.memory().numTensors).toBe(before)
  const whole = await fit(options())
  const startFrom = (await folderAt(dir).latest())!.state
  const resumed = await fit(options({ startFrom }))
  expect(everything(resumed.state)).toEqual(everything(whole.state))
})

test('the last two are kept, numbered on, and what a killed process left is cleared away', async () => {
  const { dir, states } = await saved()
  writeFileSync(join(dir, '.checkpoint-3.safetensors.1234.tmp'), 'half')
  writeFileSync(join(dir, 'checkpoint-3.safetensors'), 'no JSON beside it yet')
  writeFileSync(join(dir, 'notes.txt'), 'not ours')
  expect((await folderAt(dir).latest())!.state.step).toBe(8)
  const { save } = folderAt(dir)
  for (const state of states) await save(state)
  expect(readdirSync(dir).sort()).toEqual([
    'checkpoint-3.json',
    'checkpoint-3.safetensors',
    'checkpoint-4.json',
    'checkpoint-4.safetensors',
    'notes.txt',
    'spare.tensors',
  ])
  await folderAt(dir, { keep: 1 }).save(states[0]!)
  expect(readdirSync(dir).sort()).toEqual([
    'checkpoint-5.json',
    'checkpoint-5.safetensors',
    'notes.txt',
    'spare.tensors',
  ])
  expect(() => folderAt(dir, { keep: 0 })).toThrow('keeps at least 1 checkpoint, found 0')
})

const flip = (file: string, at: number): void => {
  const bytes = readFileSync(file)
  bytes[at]! ^= 1
  writeFileSync(file, bytes)
}

test('a longer state, then a shorter one, over the spare file; saves asked for at once follow one another', async () => {
  const { dir, states } = await saved()
  const long = { ...states[0]!, params: { ...states[0]!.params, more: tf.range(0, 5000) } }
  const { optimizer } = states[0]!
  const { m, v } = optimizer.slots
  const padded: TrainingState = {
    ...long,
    optimizer: {
      ...optimizer,
      slots: { m: { ...m, more: tf.zeros([5000]) }, v: { ...v, more: tf.ones([5000]) } },
    },
  }
  const folder = folderAt(dir)
  let released = 0
  const all = [padded, padded, states[1]!, states[0]!, states[1]!]
  await Promise.all(all.map((state) => folder.save(state, () => released++)))
  expect(released).toBe(5)
  const names = readdirSync(dir).filter((name) => name.endsWith('.json'))
  expect(names.sort()).toEqual(['checkpoint-6.json', 'checkpoint-7.json'])
  expect(everything((await folderAt(dir).latest())!.state)).toEqual(everything(states[1]!))
  rmSync(join(dir, 'checkpoint-7.json'))
  expect(everything((await folderAt(dir).latest())!.state)).toEqual(everything(states[0]!))
})

test.each<[string, (dir: string) => void, RegExp]>([
  [
    'a bit of the tensors is flipped',
    (dir) => flip(join(dir, 'checkpoint-2.safetensors'), 9000),
    /checkpoint-2\.safetensors was changed: it hashes to/,
  ],
  [
    'the header of the tensors is flipped',
    (dir) => flip(join(dir, 'checkpoint-2.safetensors'), 10),
    /checkpoint-2\.safetensors/,
  ],
  [
    'the tensors are cut short',
    (dir) => truncateSync(join(dir, 'checkpoint-2.safetensors'), 1000),
    /checkpoint-2\.safetensors has 1000 bytes, expected \d+/,
  ],
  [
    'the tensors are gone',
    (dir) => rmSync(join(dir, 'checkpoint-2.safetensors')),
    /checkpoint-2\.safetensors is gone/,
  ],
  [
    'the JSON is flipped',
    (dir) => flip(join(dir, 'checkpoint-2.json'), 300),
    /checkpoint-2\.json was cut short or changed/,
  ],
  [
    'the JSON is cut short',
    (dir) => truncateSync(join(dir, 'checkpoint-2.json'), 40),
    /checkpoint-2\.json was cut short or changed: its 40 characters/,
  ],
])('%s: that is reported, and the checkpoint before it used and kept', async (_, harm, told) => {
  const { dir, states } = await saved()
  harm(dir)
  const folder = folderAt(dir)
  const before = tf.memory().numTensors
  const { state } = (await folder.latest())!
  expect(everything(state)).toEqual(everything(states[0]!))
  expect(folder.warnings).toHaveLength(1)
  expect(folder.warnings[0]).toMatch(told)
  expect(folder.warnings[0]).toMatch(/^checkpoint damaged: .*; checkpoint-1 is tried instead$/)
  disposeState(state)
  expect(tf.memory().numTensors).toBe(before)
  await folder.save(states[1]!)
  expect(readdirSync(dir).filter((name) => name.endsWith('.json'))).toEqual([
    'checkpoint-1.json',
    'checkpoint-3.json',
  ])
  expect((await folderAt(dir).latest())!.state.step).toBe(8)
})

test('with none left sound, both are reported', async () => {
  const { dir } = await saved()
  for (const number of [1, 2]) truncateSync(join(dir, `checkpoint-${number}.json`), 0)
  const folder = folderAt(dir)
  expect(await folder.latest()).toBeUndefined()
  expect(folder.warnings).toHaveLength(2)
  expect(folder.warnings[1]).toMatch(/none before it is left$/)
})

test.each([
  [1, 'an earlier'],
  [3, 'a later'],
])('a checkpoint of format %i, of %s version, is refused and stays', async (format, age) => {
  const { dir } = await saved()
  const file = join(dir, 'checkpoint-2.json')
  const [, text] = /"checkpoint":\n(.*)\n\}/.exec(readFileSync(file, 'utf8'))!
  const body = text!.replace('"formatVersion":2', `"formatVersion":${format}`)
  const sha = createHash('sha256').update(body).digest('hex')
  writeFileSync(file, `{"sha256":"${sha}","checkpoint":\n${body}\n}\n`)
  const folder = folderAt(dir)
  await expect(folder.latest()).rejects.toMatchObject({
    code: 'mismatch',
    message: expect.stringContaining(
      `${file} was written by ${age} version (format ${format}, this`,
    ),
  })
  expect(folder.warnings).toEqual([])
  expect(readdirSync(dir)).toContain('checkpoint-2.json')
})

test('another config, data set, version or backend is refused, naming what differs, unless forced', async () => {
  const { dir } = await saved()
  const other = {
    ...identity,
    config: { ...identity.config, rate: 0.01 },
    data: 'e'.repeat(64),
    backend: 'wasm',
    packages: { '@retable/layers': '2.0.0' },
  }
  const folder = folderAt(dir, { identity: other })
  await expect(folder.latest()).rejects.toMatchObject({
    code: 'mismatch',
    message: `the checkpoint ${dir}/checkpoint-2.json (after step 8) belongs to another run: config.rate 0.02, now 0.01; data dddddddddddd, now eeeeeeeeeeee; backend "cpu", now "wasm"; packages absent, now {"@retable/layers":"2.0.0"}; resume from it anyway with --force (force: true), or begin a new run in another folder`,
  })
  const forced = (await folder.latest({ force: true }))!
  expect(forced.differs).toHaveLength(4)
  expect(forced.state.step).toBe(8)
  disposeState(forced.state)
})

const disk = smallDisk(400_000)
afterAll(() => disk?.unmount())

test.skipIf(!disk)(
  'a full disk, then a read-only one: an error that says so, what is there stays, and nothing half',
  async () => {
    const { dir } = disk!
    const { states } = await saved(join(dir, 'run'))
    fillBut(dir, 20_000)
    const folder = folderAt(join(dir, 'run'))
    const files = () => readdirSync(join(dir, 'run')).sort()
    const before = files()
    await expect(folder.save(states[0]!)).rejects.toMatchObject({
      code: 'unavailable',
      message: `cannot write ${dir}/run/checkpoint-3.safetensors: no space is left on the disk`,
    })
    expect(files()).toEqual(before)
    rmSync(join(dir, 'filler'))
    disk!.readOnly(true)
    await expect(folder.save(states[0]!)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the file system is read-only'),
    })
    expect(files()).toEqual(before)
    expect(everything((await folder.latest())!.state)).toEqual(everything(states[1]!))
    disk!.readOnly(false)
    await folder.save(states[0]!)
    expect((await folder.latest())!.state.step).toBe(4)
  },
)

/** Fills a small disk until only so many bytes are free. */
const fillBut = (dir: string, free: number): void => {
  const { bavail, bsize } = statfsSync(dir)
  writeFileSync(join(dir, 'filler'), new Uint8Array(bavail * bsize - free))
}
