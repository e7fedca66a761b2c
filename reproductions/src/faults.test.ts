import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import { createRandom } from '@retable/core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallDisk } from '../../packages/training/src/node/testing/small-disk.js'
import {
  checkpointSteps,
  filesBelow,
  logLines,
  onlyResult,
  resultsFolder,
  startSmall,
  until,
  type Ended,
} from './testing/small-process.js'

// Disks that are full or read-only, files that vanish, break or hold NaN, a clock that goes back: each is really done to
// a real training. It has to say so in a sentence, keep what it had, and, once all is well again, end with the result
// of a run to which nothing happened.

const images = resultsFolder()
const words = ['files', '--data', images, '--only', 'sgd', '--backend', 'wasm', '--epochs', '5']
const often = ['--checkpoint-every', '0.001']
const bytes = 32 * 32 * 3

const image = (i: number) => join(images, `${i}.jpg`)

const writeImages = async (): Promise<void> => {
  const random = createRandom('images')
  for (let i = 0; i < 60; i++) {
    const pixels = Uint8Array.from({ length: bytes }, () => random.int(256))
    const raw = { width: 32, height: 32, channels: 3 } as const
    writeFileSync(image(i), await sharp(pixels, { raw }).jpeg().toBuffer())
  }
}

let expected: string
beforeAll(async () => {
  await writeImages()
  const results = resultsFolder()
  const ended = await startSmall(results, words).ended
  expect(ended.code, ended.err).toBe(0)
  expected = onlyResult(results).hash
  rmSync(results, { recursive: true })
}, 60_000)
afterAll(() => rmSync(images, { recursive: true }))

const newest = (results: string) => checkpointSteps(results)[0] ?? 0

/** Starts a sitting, does something to it once it is a checkpoint further, and waits for its end. */
const disturb = async (
  results: string,
  more: readonly string[],
  harm: () => void,
  options: Parameters<typeof startSmall>[2] = {},
): Promise<Ended> => {
  const before = newest(results)
  const run = startSmall(results, [...words, ...often, ...more], options)
  await until(run, () => newest(results) > before)
  harm()
  return run.ended
}

/** It failed with this sentence, has a checkpoint, no result, and nothing half-written. */
const expectSafe = (results: string, ended: Ended, sentence: RegExp): void => {
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(1)
  expect(ended.err).toMatch(sentence)
  expect(ended.err).not.toMatch(/^\s+at /m)
  const files = filesBelow(results)
  expect(files.filter((name) => /^runs\/|\.tmp$/.test(name))).toEqual([])
  expect(checkpointSteps(results).length).toBeGreaterThan(0)
}

/** All is well again: the run goes on, and ends as if nothing had been. */
const expectRecovery = async (results: string): Promise<void> => {
  const ended = await startSmall(results, words).ended
  expect(ended.code, ended.err).toBe(0)
  expect(onlyResult(results).hash).toBe(expected)
  const lines = logLines(results).map(({ text }) => String(text))
  expect(lines.filter((text) => text.startsWith('goes on from')).length).toBeGreaterThan(0)
}

test('a file that vanishes, one that breaks, and NaN, one after the other', async () => {
  const results = resultsFolder()
  const first = Array.from({ length: 12 }, (_, i) => i)
  const vanished = await disturb(results, [], () => first.forEach((i) => rmSync(image(i))))
  await writeImages()
  expectSafe(results, vanished, /example \d+ of .*folder-of-images.*: ENOENT.*\d+\.jpg/)
  const cut = () => first.forEach((i) => truncateSync(image(i), 700))
  const broken = await disturb(results, ['--workers', '2'], cut)
  await writeImages()
  expectSafe(results, broken, /example \d+ of .*\d+\.jpg cannot be decoded: \w/)
  const poison = () => first.forEach((i) => writeFileSync(image(i), 'NaN'))
  const poisoned = await disturb(results, [], poison)
  await writeImages()
  expectSafe(
    results,
    poisoned,
    /parameter "\w+\/\w+" holds NaN or infinity after step \d+|the loss is NaN at step/,
  )
  await expectRecovery(results)
}, 180_000)

const disk = smallDisk(12_000_000)
afterAll(() => disk?.unmount())

// Mounting takes Linux and root, as in CI's container.
test.skipIf(!disk)(
  'a full disk, and a results folder that turns read-only',
  async () => {
    const results = join(disk!.dir, 'results')
    mkdirSync(results)
    const full = await disturb(results, [], () => {
      const { bavail, bsize } = statfsSync(disk!.dir)
      writeFileSync(join(disk!.dir, 'filler'), new Uint8Array(Math.max(0, bavail * bsize - 60_000)))
    })
    rmSync(join(disk!.dir, 'filler'))
    expectSafe(results, full, /cannot write .*checkpoint-\d+\.\w+: no space is left on the disk/)
    const readOnly = await disturb(results, [], () => disk!.readOnly(true))
    const early = await startSmall(results, words).ended
    disk!.readOnly(false)
    expect(readOnly.err).toMatch(/cannot (write|make|remove) .*: the file system is read-only/)
    // The lock of a process that is gone holds nobody up, and its file goes with the next that takes it.
    expectSafe(results, early, /cannot (write|make folder) .*: the file system is read-only/)
    await expectRecovery(results)
  },
  180_000,
)

const nobody = 65534
const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
const bin = fileURLToPath(new URL('testing/small-table.mjs', import.meta.url))
const canRead = spawnSync(process.execPath, [bin, '--version'], asNobody).status === 0

// Root may write anywhere, so that this runs as nobody where the tests run as root and nobody can read the sources.
test.skipIf(!canRead)(
  'no permission: before anything is run, and in the middle of it',
  async () => {
    const results = resultsFolder()
    if ('uid' in asNobody) for (const dir of [results, images]) chmodSync(dir, 0o755)
    const folder = join(results, 'mine')
    mkdirSync(folder)
    chmodSync(folder, 0o555)
    const refused = await startSmall(folder, words, asNobody).ended
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/cannot make folder .*\/mine\/runs: permission is denied/)
    chmodSync(folder, 0o755)
    if ('uid' in asNobody) chownSync(folder, nobody, nobody)
    const taken = () => {
      const checkpoints = filesBelow(folder).find((name) => /checkpoint-\d+\.json$/.test(name))!
      chmodSync(join(folder, checkpoints, '..'), 0o555)
    }
    const ended = await disturb(folder, [], taken, asNobody)
    expectSafe(folder, ended, /cannot write .*checkpoint-\d+\.\w+: permission is denied/)
    const file = filesBelow(folder).find((name) => /checkpoint-\d+\.json$/.test(name))!
    chmodSync(join(folder, file, '..'), 0o755)
    const again = await startSmall(folder, words, asNobody).ended
    expect(again.code, again.err).toBe(0)
    expect(onlyResult(folder).hash).toBe(expected)
  },
  180_000,
)

test('a clock that goes back a day changes nothing, in a sitting and from one to the next', async () => {
  const results = resultsFolder()
  const clock = fileURLToPath(new URL('testing/clock-back.mjs', import.meta.url))
  const env = { NODE_OPTIONS: `--import=${clock}` }
  const times = () => logLines(results).map(({ time }) => Date.parse(String(time)))
  const run = startSmall(results, [...words, ...often], { env })
  await until(run, () => newest(results) > 6 && Math.min(...times()) < Date.now() - 3_600_000)
  run.kill('SIGTERM')
  expect((await run.ended).code).toBe(143)
  // It did go back, while checkpoints were being written.
  expect(Math.min(...times())).toBeLessThan(Date.now() - 86_400_000)
  const steps = newest(results)
  await expectRecovery(results)
  expect(logLines(results).map(({ text }) => text)).toContain(
    `goes on from the checkpoint after step ${steps} of 60`,
  )
  expect(onlyResult(results).result).toMatchObject({ timing: { sittings: 2 } })
}, 180_000)
