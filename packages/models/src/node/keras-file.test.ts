import { createRandom } from '@retable/core'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { fileURLToPath } from 'node:url'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { alexnet } from '../alexnet.js'
import { createModel } from '../model.js'
import { vgg } from '../vgg.js'
import { readKeras } from './keras-file.js'
import { weightsFormat } from './weights-format.js'

// The fixtures are made by tools/fixtures/keras.py: widths 2, 4, 8, 8, 8, values their position in the file's order.
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const options = { hiddenUnits: 4, classes: 3, inputSize: 32 }
const model = vgg('D', { ...options, widthScale: 1 / 32 })

test.each(['keras-weights.h5', 'keras-model.h5'])('%s is read layer by layer', async (name) => {
  const widths = [2, 2, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8]
  let next = 0
  const net = createModel({
    name: 'vgg-D',
    classes: 3,
    inputSize: [32, 32],
    layers: model.specs.map((spec) =>
      spec.kind === 'conv2d' ? { ...spec, filters: widths[next++]! } : spec,
    ),
  })
  const before = tf.memory().numTensors
  const params = await readKeras(fixture(name), net)
  const fresh = net.init(createRandom(1))
  expect(Object.keys(params)).toEqual(Object.keys(fresh))
  expect(tf.memory().numTensors).toBe(before + 2 * Object.keys(fresh).length)
  let position = 0
  for (const [key, tensor] of Object.entries(params)) {
    expect(tensor.shape, key).toEqual(fresh[key]!.shape)
    const values = tensor.dataSync()
    expect([values[0], values.at(-1)], key).toEqual([position, position + tensor.size - 1])
    position += tensor.size
  }
  const rgb = await readKeras(fixture(name), net, { channels: 'rgb' })
  // kernel [3, 3, 3, 2]: the first place's channels blue 0 1, green 2 3, red 4 5
  expect([...rgb['conv1_1/kernel']!.dataSync().slice(0, 6)]).toEqual([4, 5, 2, 3, 0, 1])
})

test('what does not fit is refused in words, and nothing is left behind', async () => {
  const before = tf.memory().numTensors
  const path = fixture('keras-weights.h5')
  await expect(readKeras(path, model)).rejects.toThrow(
    'the kernel of "block4_conv1" is [3, 3, 8, 8], but "conv4_1" of vgg-D takes [3, 3, 8, 16]',
  )
  await expect(readKeras(path, vgg('E', { ...options, widthScale: 1 / 32 }))).rejects.toThrow(
    'has no layer "block3_conv4", expected for "conv3_4" of vgg-E',
  )
  await expect(readKeras(path, alexnet())).rejects.toThrow('no counterpart of alexnet-two-tower')
  await expect(readKeras(fixture('none.h5'), model)).rejects.toThrow('there is no file')
  await expect(readKeras(fixture('vgg11.safetensors'), model)).rejects.toThrow(
    'is not an HDF5 file',
  )
  expect(tf.memory().numTensors).toBe(before)
})

const folder = mkdtempSync(join(tmpdir(), 'retable-keras-'))
afterAll(() => rmSync(folder, { recursive: true }))

const damaged = (name: string, change: (bytes: Buffer) => Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, change(readFileSync(fixture('keras-weights.h5'))))
  return path
}
const withoutSignature = (signature: string, which: number) => (bytes: Buffer) => {
  let at = -1
  for (let i = 0; i <= which; i++) at = bytes.indexOf(signature, at + 1)
  expect(at).toBeGreaterThan(0)
  return bytes.fill(0, at, at + 4)
}

test.each([
  ['cut short at its second group', (bytes: Buffer) => bytes.subarray(0, 2009)],
  ['cut short in its weights', (bytes: Buffer) => bytes.subarray(0, 70_000)],
  ['a table of names without its signature', withoutSignature('HEAP', 0)],
  ['a later table of names without its signature', withoutSignature('HEAP', 3)],
  ['a group without its signature', withoutSignature('SNOD', 1)],
  ['a superblock of 0xff', (bytes: Buffer) => bytes.fill(0xff, 8, 90)],
])('%s: one error names the file, and nothing is printed', async (what, change) => {
  const printed = vi.spyOn(console, 'error')
  const warned = vi.spyOn(console, 'warn')
  const before = tf.memory().numTensors
  const path = damaged(`${what}.h5`, change)
  const error = await readKeras(path, model).catch((e: unknown) => e)
  expect(error).toMatchObject({
    name: 'RetableError',
    code: 'corrupt-data',
    message: expect.stringMatching(/^.+\.h5 is a damaged HDF5 file: .+$/) as string,
  })
  expect((error as Error).message.startsWith(path)).toBe(true)
  expect(printed).not.toHaveBeenCalled()
  expect(warned).not.toHaveBeenCalled()
  expect(tf.memory().numTensors).toBe(before)
  // The library still reads what is sound.
  await expect(readKeras(fixture('keras-weights.h5'), model)).rejects.toMatchObject({
    code: 'mismatch',
  })
})

test('a folder is distinguished from a file, and formats by their first bytes', async () => {
  await expect(readKeras(folder, model)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: `${folder} is a folder, expected a file`,
  })
  const named = (name: string, bytes: Buffer | string) => {
    writeFileSync(join(folder, name), bytes)
    return weightsFormat(join(folder, name))
  }
  const keras = readFileSync(fixture('keras-weights.h5'))
  expect(
    await Promise.all([named('a.H5', keras), named('b', keras), named('c.hdf5', keras)]),
  ).toEqual(['hdf5', 'hdf5', 'hdf5'])
  expect(await named('d.h5', readFileSync(fixture('vgg11.safetensors')))).toBe('safetensors')
  expect(await named('e.pth', 'PK\x03\x04')).toBe('zip')
  expect(await named('f.safetensors', 'short')).toBe('unknown')
  expect(await named('g', '')).toBe('unknown')
})
