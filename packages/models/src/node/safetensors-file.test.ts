import type { Params } from '@retable/core'
import { createRandom, disposeParams } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { alexnet } from '../alexnet.js'
import { vgg } from '../vgg.js'
import { toPyTorch } from '../pytorch.js'
import { loadSafetensors, saveSafetensors } from '../safetensors.js'
import { readPyTorch, writePyTorch } from './pytorch-file.js'
import { openSafetensors, readSafetensors, writeSafetensors } from './safetensors-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retable-models-'))
})
afterAll(() => rm(folder, { recursive: true }))

const sameBytes = (a: tf.Tensor, b: tf.Tensor): boolean =>
  Buffer.from(a.dataSync().slice().buffer).equals(Buffer.from(b.dataSync().slice().buffer))

const model = alexnet({ variant: 'torchvision', widthScale: 1 / 16, inputSize: 63, classes: 3 })

test('the streamed file has the bytes of saveSafetensors, and comes back bit for bit', async () => {
  const params: Params = { ...model.init(createRandom(1)), step: tf.scalar(3, 'int32') }
  const path = join(folder, 'params.safetensors')
  await writeSafetensors(path, params, { model: model.name })
  const whole = saveSafetensors(params, { model: model.name })
  expect((await readFile(path)).equals(whole)).toBe(true)
  const before = tf.memory().numTensors
  const loaded = await readSafetensors(path)
  expect(Object.keys(loaded)).toEqual(Object.keys(params))
  for (const [name, tensor] of Object.entries(params)) {
    expect(sameBytes(loaded[name]!, tensor), name).toBe(true)
    expect(loaded[name]!.shape, name).toEqual(tensor.shape)
  }
  disposeParams(loaded)
  expect(tf.memory().numTensors).toBe(before)

  const file = await openSafetensors(path)
  expect(file.metadata).toEqual({ model: 'alexnet-torchvision' })
  const bias = await file.read('fc8/bias')
  expect(bias.dataSync()).toEqual(params['fc8/bias']!.dataSync())
  await expect(file.read('fc9/bias')).rejects.toThrow('has no tensor "fc9/bias"')
  await expect(file.read('toString')).rejects.toThrow('has no tensor "toString"')
  await file.close()
})

test('a state_dict goes through a file', async () => {
  const params = model.init(createRandom(1))
  const path = join(folder, 'state.safetensors')
  await writePyTorch(path, model, params)
  const state = toPyTorch(model, params)
  const inFile = loadSafetensors(await readFile(path))
  expect(Object.keys(inFile)).toEqual(Object.keys(state))
  for (const name of Object.keys(state)) {
    expect(sameBytes(inFile[name]!, state[name]!), name).toBe(true)
    expect(inFile[name]!.shape, name).toEqual(state[name]!.shape)
  }
  const before = tf.memory().numTensors
  const back = await readPyTorch(path, model)
  expect(tf.memory().numTensors).toBe(before + Object.keys(params).length)
  for (const name of Object.keys(params)) {
    expect(sameBytes(back[name]!, params[name]!), name).toBe(true)
  }
  const other = alexnet({ variant: 'torchvision', widthScale: 1 / 16, inputSize: 63, classes: 4 })
  const now = tf.memory().numTensors
  await expect(readPyTorch(path, other)).rejects.toThrow('"classifier.6.weight" has shape [3, 256]')
  expect(tf.memory().numTensors).toBe(now)
})

test('broken and missing files are named, and leave no tensor behind', async () => {
  const path = join(folder, 'broken.safetensors')
  const before = tf.memory().numTensors
  await expect(readSafetensors(join(folder, 'none.safetensors'))).rejects.toThrow(
    `there is no file ${join(folder, 'none.safetensors')}`,
  )
  await writeFile(path, saveSafetensors({ a: tf.tidy(() => tf.tensor1d([1, 2, 3])) }))
  const created = tf.memory().numTensors
  await truncate(path, 70)
  await expect(readSafetensors(path)).rejects.toThrow(`${path} is not a sound safetensors file`)
  await expect(readSafetensors(path)).rejects.toThrow('the file is cut short')
  await truncate(path, 5)
  await expect(readSafetensors(path)).rejects.toThrow('it has 5 bytes')
  await writeFile(path, 'not a safetensors file at all')
  await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'corrupt-data' })
  await expect(readSafetensors(folder)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: `${folder} is a folder, expected a file`,
  })
  const small = join(folder, 'small.safetensors')
  const weight = tf.tensor1d([1, 2, 3])
  await writeFile(small, saveSafetensors({ 'a.weight': weight }))
  weight.dispose()
  await expect(readPyTorch(small, vgg('A'))).rejects.toMatchObject({
    code: 'mismatch',
    message: expect.stringMatching(/^.+small\.safetensors: the tensors do not fit vgg-A/) as string,
  })
  expect(tf.memory().numTensors).toBe(created)
  expect(before).toBeLessThanOrEqual(created)
})

test('a write that fails leaves the old file as it was, and no temporary one', async () => {
  const path = join(folder, 'kept.safetensors')
  await writeSafetensors(path, { a: tf.tensor1d([1]) })
  const old = await readFile(path)
  const gone = tf.tensor1d([2])
  const broken = { a: tf.tensor1d([1]), b: gone }
  gone.dispose()
  await expect(writeSafetensors(path, broken)).rejects.toThrow()
  await expect(writeSafetensors(path, { s: tf.tensor(['text']) })).rejects.toThrow('is string')
  expect(await readFile(path)).toEqual(old)
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a folder that is not there is said with the path that was asked for', async () => {
  const path = join(folder, 'none', 'net.safetensors')
  const written = writeSafetensors(path, { a: tf.tensor1d([1]) })
  await expect(written).rejects.toMatchObject({ code: 'unavailable' })
  await expect(written).rejects.toThrow(new RegExp(`^cannot write ${path}: `))
})
