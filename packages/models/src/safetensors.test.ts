import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import {
  loadSafetensors,
  packSafetensors,
  readSafetensorsHeader,
  saveSafetensors,
} from './safetensors.js'

/** A file with this header, written by hand. */
const fileOf = (header: unknown, data: Uint8Array): Uint8Array => {
  const text = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  )
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
const two = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }

test('the bytes of a small file, by hand', () => {
  const bytes = saveSafetensors({ a: tf.tensor1d([1, -2]) })
  const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  '
  expect(bytes.slice(0, 8)).toEqual(new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0]))
  expect(new TextDecoder().decode(bytes.slice(8, 8 + header.length))).toBe(header)
  // 1 is 0x3f800000 and -2 is 0xc0000000, little-endian
  expect([...bytes.slice(8 + header.length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
})

test('what is read asynchronously is the same file, without a synchronous read', async () => {
  const params = { a: tf.tensor1d([1, -2]), b: tf.tensor1d([true, false], 'bool') }
  const expected = saveSafetensors(params, { model: 'vgg-D' })
  const sync = vi.spyOn(tf.Tensor.prototype, 'dataSync').mockImplementation(() => {
    throw new Error('a synchronous read')
  })
  expect(await packSafetensors(params, { model: 'vgg-D' })).toEqual(expected)
  sync.mockRestore()
})

test('tensors and metadata come back bit for bit', () => {
  const params = {
    'conv/kernel': tf.tensor([0.1, -0, 3e-45, Infinity, -Infinity, NaN], [1, 2, 3]),
    'conv/bias': tf.tensor1d([1, -2, 2147483647], 'int32'),
    mask: tf.tensor1d([true, false, true], 'bool'),
    step: tf.scalar(7, 'int32'),
    empty: tf.zeros([0, 3]),
  }
  const before = tf.memory().numTensors
  const bytes = saveSafetensors(params, { model: 'vgg-D', note: 'Größe "x"' })
  expect(tf.memory().numTensors).toBe(before)
  const loaded = loadSafetensors(bytes)
  expect(tf.memory().numTensors).toBe(before + 5)
  for (const [name, tensor] of Object.entries(params)) {
    expect(loaded[name]!.dtype, name).toBe(tensor.dtype)
    expect(loaded[name]!.shape, name).toEqual(tensor.shape)
    expect(Buffer.from(loaded[name]!.dataSync().buffer), name).toEqual(
      Buffer.from(tensor.dataSync().buffer),
    )
  }
  expect(readSafetensorsHeader(bytes).metadata).toEqual({ model: 'vgg-D', note: 'Größe "x"' })
  expect(saveSafetensors(loaded, readSafetensorsHeader(bytes).metadata)).toEqual(bytes)
})

test('the bytes may lie anywhere in a buffer, and may be changed afterwards', () => {
  const bytes = saveSafetensors({ a: tf.tensor1d([1, -2]) })
  const buffer = new ArrayBuffer(bytes.length + 3)
  const view = new Uint8Array(buffer, 3)
  view.set(bytes)
  const { a } = loadSafetensors(view)
  view.fill(0)
  expect([...a!.dataSync()]).toEqual([1, -2])
  const node = Buffer.from(bytes)
  const loaded = loadSafetensors(node)
  node.fill(0)
  expect([...loaded['a']!.dataSync()]).toEqual([1, -2])
  expect([...loadSafetensors(bytes.slice().buffer)['a']!.dataSync()]).toEqual([1, -2])
})

// Written by tools/fixtures/models.py with PyTorch's own conversions.
test('every element type that tfjs can hold is read', async () => {
  const bytes = await readFile(new URL('../fixtures/dtypes.safetensors', import.meta.url))
  const tensors = loadSafetensors(bytes)
  const read = (name: string) => [...tensors[name]!.dataSync()]
  expect(read('F64')).toEqual([0.1, -2.5].map(Math.fround))
  expect(read('F32')).toEqual([0.1, -2.5].map(Math.fround))
  expect(tensors['F32']!.shape).toEqual([1, 2])
  // 0.1 is 1638/16384 in half precision; 6e-8 rounds to the smallest subnormal, 2^-24
  expect(read('F16')).toEqual([1638 / 16384, -2.5, 65504, 2 ** -24, Infinity, -Infinity, NaN])
  // eight significant bits: 0.1 is 205/2048, and 3e38 is 226/256 · 2^128
  expect(read('BF16')).toEqual([205 / 2048, -2.5, (226 / 256) * 2 ** 128])
  expect(read('I64')).toEqual([-5, 2147483647])
  expect(read('I32')).toEqual([-5, 7])
  expect(read('U8')).toEqual([0, 255])
  expect(read('BOOL')).toEqual([1, 0, 1])
  expect(tensors['BOOL']!.dtype).toBe('bool')
  expect(tensors['scalar']!.shape).toEqual([])
  expect(read('scalar')).toEqual([3.5])
  expect(tensors['empty']!.shape).toEqual([0, 4])
  expect(readSafetensorsHeader(bytes).metadata).toEqual({ note: 'Größe' })
})

const data = new Uint8Array(8)
const huge = new Uint8Array(16)
new DataView(huge.buffer).setBigUint64(0, 2n ** 60n, true)
test.each([
  ['no bytes', new Uint8Array(0), 'it has 0 bytes, fewer than the 8'],
  ['an absurd header length', huge, 'its header claims 1152921504606847000 bytes'],
  ['a header cut short', fileOf({ a: two }, data).slice(0, 30), 'but only 22 follow'],
  ['data cut short', fileOf({ a: two }, data).slice(0, -1), 'the file is cut short'],
  ['bytes too many', fileOf({ a: two }, new Uint8Array(9)), 'its tensors end at byte'],
  ['a header that is not JSON', fileOf('{"a":', data), 'its header of 5 bytes is not JSON'],
  ['a header that is a list', fileOf([two], data), 'its header is not a JSON object'],
  ['an entry that is no object', fileOf({ a: 3 }, data), 'the entry of "a" is not an object'],
  [
    'an unknown dtype',
    fileOf({ a: { ...two, dtype: 'F31' } }, data),
    '"a" has dtype "F31", expected one of BOOL',
  ],
  ['a negative size', fileOf({ a: { ...two, shape: [-2] } }, data), '"a" has shape [-2]'],
  ['sizes that overflow', fileOf({ a: { ...two, shape: [2 ** 40, 2 ** 40] } }, data), 'span 8'],
  [
    'no offsets',
    fileOf({ a: { dtype: 'F32', shape: [2] } }, data),
    '"a" has data_offsets undefined',
  ],
  ['offsets backwards', fileOf({ a: { ...two, data_offsets: [8, 0] } }, data), 'span -8'],
  [
    'offsets that do not fit the shape',
    fileOf({ a: { ...two, data_offsets: [0, 4] } }, data),
    '(F32 [2]) takes 8 bytes, but its data_offsets [0, 4] span 4',
  ],
  [
    'overlapping tensors',
    fileOf({ a: two, b: { ...two, data_offsets: [4, 12] } }, new Uint8Array(12)),
    '"b" begins at byte 4 of the data, expected 8, where "a" ends',
  ],
  [
    'two tensors in one place',
    fileOf({ a: two, b: two }, data),
    '"b" begins at byte 0 of the data, expected 8',
  ],
  [
    'a gap',
    fileOf({ a: { ...two, data_offsets: [4, 12] } }, new Uint8Array(12)),
    '"a" begins at byte 4 of the data, expected 0',
  ],
  [
    'metadata that is no text',
    fileOf({ a: two, __metadata__: { n: 1 } }, data),
    'its __metadata__ is not an object of strings',
  ],
  [
    'a hostile name',
    fileOf('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data),
    'cannot be named "__proto__"',
  ],
])('%s is refused', (_, bytes, message) => {
  const before = tf.memory().numTensors
  expect(() => loadSafetensors(bytes, 'weights.safetensors')).toThrow(
    'weights.safetensors is not a sound safetensors file',
  )
  expect(() => loadSafetensors(bytes)).toThrow(message)
  expect(tf.memory().numTensors).toBe(before)
})

test('what tfjs cannot hold is refused, and nothing is left behind', () => {
  const before = tf.memory().numTensors
  const f8 = { dtype: 'F8_E4M3', shape: [4], data_offsets: [8, 12] }
  expect(() => loadSafetensors(fileOf({ a: two, b: f8 }, new Uint8Array(12)))).toThrow(
    'tensor "b" is F8_E4M3, which tfjs cannot hold',
  )
  const big = new Uint8Array(new BigInt64Array([2n ** 31n]).buffer)
  expect(() =>
    loadSafetensors(fileOf({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, big)),
  ).toThrow('tensor "n" holds 2147483648, which does not fit')
  expect(tf.memory().numTensors).toBe(before)
  expect(() => saveSafetensors({ z: tf.complex([1], [2]) })).toThrow('tensor "z" is complex64')
  expect(() => saveSafetensors({}, { n: 1 as unknown as string })).toThrow('found number under "n"')
  expect(() => saveSafetensors({ __metadata__: tf.scalar(1) })).toThrow('cannot be named')
})

test('a tensor of a type that tfjs cannot hold does not keep the others from being read', () => {
  const types = { C64: 8, F4: 0.5, F6_E2M3: 0.75, F8_E8M0: 1, F8_E5M2FNUZ: 1, U64: 8 }
  for (const [dtype, bytes] of Object.entries(types)) {
    const end = 8 + 4 * bytes
    const file = fileOf(
      { a: two, z: { dtype, shape: [4], data_offsets: [8, end] } },
      new Uint8Array(Float32Array.of(1.5, -2, ...new Array<number>(8).fill(0)).buffer).slice(
        0,
        end,
      ),
    )
    expect(readSafetensorsHeader(file).tensors['z']).toEqual({ dtype, shape: [4], begin: 8, end })
    const { a } = loadSafetensors(file, 'w.safetensors', ['a'])
    expect([...a!.dataSync()]).toEqual([1.5, -2])
    a!.dispose()
    const before = tf.memory().numTensors
    expect(() => loadSafetensors(file, 'w.safetensors')).toThrow(
      `w.safetensors: tensor "z" is ${dtype}, which tfjs cannot hold; save it as F32, F16, BF16 or I32`,
    )
    expect(tf.memory().numTensors).toBe(before)
  }
})

test('names are listed in the order of the bytes, also if they are whole numbers', () => {
  const at = (i: number) => ({ ...two, data_offsets: [8 * i, 8 * i + 8] })
  const file = fileOf({ '10': at(0), b: at(1), '2': at(2) }, new Uint8Array(24))
  expect(readSafetensorsHeader(file).names).toEqual(['10', 'b', '2'])
})

test('metadata may be null, and a name that objects inherit is missing', () => {
  const file = fileOf({ a: two, __metadata__: null }, data)
  const header = readSafetensorsHeader(file)
  expect(Object.keys(header.metadata)).toEqual([])
  expect(header.metadata['constructor']).toBeUndefined()
  expect('toString' in header.tensors).toBe(false)
  expect(() => loadSafetensors(file, 'w.safetensors', ['constructor'])).toThrow(
    'w.safetensors has no tensor "constructor"',
  )
})
