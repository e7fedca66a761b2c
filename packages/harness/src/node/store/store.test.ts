import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { madeUpResult, temporaryFolder } from '../testing/store-helpers.js'
import { sha256Hex } from '@retable/core/host'
import { canonicalJson, sha256OfJson } from '../../unit/canonical-json.js'
import { decodeResult, encodeResult } from '../../unit/result-file.js'
import { openStore } from './store.js'
import { verifyStore } from './verify.js'

const storeWithOne = () => {
  const store = openStore(temporaryFolder())
  const result = madeUpResult({ net: 'A' })
  const file = store.write(result)
  return { store, result, file }
}

const overwrite = (file: string, text: string) => {
  chmodSync(file, 0o644)
  writeFileSync(file, text)
}

test('a result is read back as it was written, and by its key', () => {
  const { store, result, file } = storeWithOne()
  expect(store.find(result.key)).toEqual({ file, result })
  expect(store.snapshot().find(result.key)?.result).toEqual(result)
  expect(store.list()).toEqual([{ file, result }])
  expect(store.find('0'.repeat(64))).toBeUndefined()
  expect(basename(file)).toMatch(/^train-toy\.seed1\.[0-9a-f]{16}\.[0-9a-f]{16}\.json$/)
})

test('a result’s text is its canonical JSON but for line ends, whatever it holds', () => {
  const store = openStore(temporaryFolder())
  const extra = {
    text: 'line\nend "quoted" \u20ac \\',
    '€': -0,
    numbers: [1e21, 1e-7, 0.1],
    none: undefined,
  }
  const result = madeUpResult({ b: 1, a: { d: [1], c: null } }, { extra })
  const text = readFileSync(store.write(result), 'utf8')
  const sha = sha256OfJson(result)
  expect(text.replaceAll('\n', '')).toBe(`{"sha256":"${sha}","result":${canonicalJson(result)}}`)
  expect(store.find(result.key)?.result).toEqual(JSON.parse(JSON.stringify(result)))
})

test('a folder that is not there holds nothing', () => {
  const store = openStore(join(temporaryFolder(), 'nowhere'))
  expect(store.list()).toEqual([])
  expect(store.find('0'.repeat(64))).toBeUndefined()
  expect(existsSync(store.dir)).toBe(false)
})

test('results are never replaced, not even by others of the same unit', () => {
  const { store, result, file } = storeWithOne()
  const before = readFileSync(file, 'utf8')
  expect(() => store.write(result)).toThrow('never replaced')
  expect(() => store.write({ ...result, metrics: { top1: 1 } })).toThrow('has a result already')
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect(statSync(file).mode & 0o222).toBe(0)
  expect(readdirSync(join(store.dir, 'runs'))).toHaveLength(1)
})

test('a result cut short is named at any length', () => {
  const { store, result, file } = storeWithOne()
  const text = readFileSync(file, 'utf8')
  for (const length of [0, 1, Math.floor(text.length / 2), text.length - 2]) {
    overwrite(file, text.slice(0, length))
    expect(() => store.find(result.key)).toThrow(file)
    expect(() => store.find(result.key)).toThrow(length === 0 ? 'is empty' : 'cut short')
    expect(() => store.list()).toThrow(file)
  }
})

test('a touched number, seed or name is found; white space and line ends are not content', () => {
  const { store, result, file } = storeWithOne()
  const text = readFileSync(file, 'utf8')
  overwrite(file, text.replace('30.5', '29.5'))
  expect(() => store.find(result.key)).toThrow('was changed after it was written')
  overwrite(file, text.replace('"seed":1', '"seed":2'))
  expect(() => store.find(result.key)).toThrow('was changed after it was written')
  // Every way of writing the same content counts as the same: canonical with line ends, and any other.
  overwrite(file, text.replaceAll('\n', '\r\n'))
  expect(store.find(result.key)?.result).toEqual(result)
  overwrite(file, JSON.stringify(JSON.parse(text), null, 2))
  expect(store.find(result.key)?.result).toEqual(result)
  renameSync(file, file.replace('seed1', 'seed2'))
  expect(() => store.find(result.key)).toThrow('holds the result that belongs in')
})

test('a result whose hash was mended after its config was changed has the wrong key', () => {
  const { store, result } = storeWithOne()
  const forged = { ...result, config: { net: 'B' } }
  // Its own hash and file name are right; the key no longer is the hash of its config.
  store.write({ ...forged, key: 'f'.repeat(64) })
  expect(() => store.list()).toThrow('key that is not the hash of its config')
})

test.each<[string, unknown, string]>([
  ['metrics', 'oops', 'metrics is "oops", expected an object'],
  ['metrics', { top1: '30' }, 'metrics.top1 is "30", expected a number'],
  ['curve', 'oops', 'curve is "oops", expected a list'],
  ['curve', [{ step: 1 }, { step: null }], 'curve[1].step is null, expected a number'],
  ['timing', { seconds: 1 }, 'timing.startedAt is missing, expected text'],
  ['data', [{ request: {}, fingerprint: 7 }], 'data[0].fingerprint is 7, expected text'],
  ['backend', 'onnx', 'backend is "onnx", expected an object'],
  ['carriedOver', 'no', 'carriedOver is "no", expected a list'],
])(
  'a result whose %s is no such thing is refused, whatever its hash says: %j',
  async (field, value, fault) => {
    const store = openStore(temporaryFolder())
    const { name, text } = encodeResult(madeUpResult({}, { curve: [] }))
    const wrong = { ...(JSON.parse(text) as { result: object }).result, [field]: value }
    const sha = sha256OfJson(wrong)
    mkdirSync(join(store.dir, 'runs'))
    const file = join(
      store.dir,
      'runs',
      name.replace(/[0-9a-f]{16}\.json$/, `${sha.slice(0, 16)}.json`),
    )
    writeFileSync(file, JSON.stringify({ sha256: sha, result: wrong }))
    const sentence = `result file ${file} holds no result: ${fault}; delete it to have its unit run again`
    expect(() => store.list()).toThrow(sentence)
    expect((await verifyStore(store)).problems).toEqual([sentence])
  },
)

test('a curve that is read later is refused then, and by verify', async () => {
  const store = openStore(temporaryFolder())
  const file = store.write(madeUpResult({}, { curve: [{ step: 'one' }] as never }))
  const [listed] = store.list()
  const sentence = `result file ${file} holds no result: curve[0].step is "one", expected a number`
  expect(() => listed!.result.curve).toThrow(sentence)
  expect((await verifyStore(store)).problems).toEqual([expect.stringContaining(sentence)])
})

test('verify names a result that was renamed', async () => {
  const { store, file } = storeWithOne()
  renameSync(file, join(store.dir, 'runs', 'foo.json'))
  const { checked, problems } = await verifyStore(store)
  expect(checked).toBe(0)
  expect(problems).toEqual([
    expect.stringContaining(`${join(store.dir, 'runs', 'foo.json')} is not named as a result is`),
  ])
})

test('other JSON files and other formats are refused', () => {
  const { store, result, file } = storeWithOne()
  overwrite(file, '{"a":1}')
  expect(() => store.find(result.key)).toThrow('has no "sha256" and "result"')
  const other = openStore(temporaryFolder())
  const next = other.write({ ...result, format: 'other-result' as 'retable-result' })
  expect(() => other.list()).toThrow(`result file ${next} has format "other-result" 1`)
  // What a later version wrote is nothing to be deleted.
  const later = openStore(temporaryFolder())
  const file2 = later.write({ ...result, formatVersion: 2 as 1 })
  expect(() => later.list()).toThrow(
    `result file ${file2} was written by a later version (format 2, this one reads 1); update this one`,
  )
})

test('two results of one unit are an error that names both', () => {
  const { store, result } = storeWithOne()
  const second = openStore(temporaryFolder())
  const file = second.write({ ...result, metrics: { top1: 1 } })
  writeFileSync(join(store.dir, 'runs', basename(file)), readFileSync(file))
  expect(() => store.find(result.key)).toThrow(basename(file))
})

test('verify recomputes every hash and names what was touched', async () => {
  const { store, file } = storeWithOne()
  const weights = join(temporaryFolder(), 'weights.bin')
  writeFileSync(weights, 'weights')
  const artifact = await store.keepArtifact(weights)
  expect(artifact).toEqual({
    file: `${sha256Hex('weights')}.bin`,
    sha256: sha256Hex('weights'),
    bytes: 7,
  })
  expect(existsSync(weights)).toBe(false)
  store.write(madeUpResult({ net: 'B' }, { artifacts: { weights: artifact } }))
  expect(await verifyStore(store)).toEqual({ checked: 2, artifacts: 1, missing: 0, problems: [] })
  overwrite(store.artifactPath(artifact), 'WEIGHTS')
  overwrite(file, 'x')
  const { problems } = await verifyStore(store)
  expect(problems).toHaveLength(2)
  expect(problems.join()).toContain(file)
  expect(problems.join()).toContain(store.artifactPath(artifact))
})

test('an artifact of two results is kept once; a shorter file of its name is replaced', async () => {
  const store = openStore(temporaryFolder())
  const keep = async () => {
    const path = join(temporaryFolder(), 'w.bin')
    writeFileSync(path, 'same')
    return store.keepArtifact(path)
  }
  const first = await keep()
  expect(await keep()).toEqual(first)
  overwrite(store.artifactPath(first), 'sa')
  expect(store.hasArtifact(first)).toBe(false)
  await keep()
  expect(readFileSync(store.artifactPath(first), 'utf8')).toBe('same')
})

test('a full disk: an error that says so, and nothing half-written', ({ skip }) => {
  const folder = temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    skip('mounting a tmpfs needs root')
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  const store = openStore(folder)
  store.prepare()
  const large = madeUpResult({}, { extra: { text: 'x'.repeat(100_000) } })
  expect(() => store.write(large)).toThrow('no space is left on the disk')
  expect(readdirSync(join(folder, 'runs'))).toEqual([])
  expect(store.list()).toEqual([])
})

test('a folder that cannot be made is named before any work is done', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'results'), 'a file')
  expect(() => openStore(join(folder, 'results')).prepare()).toThrow(join(folder, 'results'))
})

test('a read-only results folder is named before any work is done', ({ skip }) => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'runs'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=32k', 'tmpfs', folder], {
      stdio: 'ignore',
    })
  } catch {
    skip('mounting a tmpfs needs root')
  }
  onTestFinished(() => void execFileSync('umount', [folder]))
  expect(() => openStore(folder).prepare()).toThrow('the file system is read-only')
})

test('the curve is read when it is looked at, and never taken for another list of that name', () => {
  const curve = [
    { step: 1, 'größe²': 1.5 },
    { step: 2, 'größe²': 0.1 + 0.2 },
  ]
  const extra = { a: 1, curve: [{ step: 9 }], z: 'größe' }
  for (const result of [
    madeUpResult({ n: 1 }, { curve, extra, label: 'größe' }),
    madeUpResult({ n: 2 }, { curve: [], extra }),
  ]) {
    const { name, text } = encodeResult(result)
    expect(decodeResult('x', name, Buffer.from(text))).toEqual(result)
    // The same characters, the line ends where they could mislead.
    const flat = text.replaceAll('\n', '')
    const nested = flat.replace('"curve":[{"step":9}],', '\n"curve":[\n{"step":9}\n],\n')
    for (const other of [flat, nested, text.replaceAll('\n', '\r\n')]) {
      expect(decodeResult('x', name, Buffer.from(other))).toEqual(result)
    }
  }
})

// Processor time, and three times what it takes: other tests share the machine.
test('a thousand results are listed in about a second', () => {
  const store = openStore(temporaryFolder())
  const curve = Array.from({ length: 30 }, (_, epoch) => ({
    epoch,
    loss: 1 / (epoch + 1),
    top1: 30.25,
  }))
  mkdirSync(join(store.dir, 'runs'), { recursive: true })
  for (let i = 0; i < 1000; i++) {
    const { name, text } = encodeResult(madeUpResult({ i }, { curve }))
    writeFileSync(join(store.dir, 'runs', name), text)
  }
  const before = process.cpuUsage()
  expect(store.list()).toHaveLength(1000)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1e6).toBeLessThan(3)
})
