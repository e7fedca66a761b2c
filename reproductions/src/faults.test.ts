import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
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
  checkpoints,
  filesBelow,
  logLines,
  onlyResult,
  resultsFolder,
  startHeld,
  startSmall,
  type Ended,
  type SmallProcess,
} from './testing/small-process.js'

// Disks that are full or read-only, files that vanish, break or hold NaN, a clock that goes back: each is really done to
// a real training. It has to say so in a sentence, keep what it had, and, once all is well again, end with the result
// of a run to which nothing happened.

const images = resultsFolder()
const words = ['files', '--data', images, '--only', 'sgd', '--backend', 'wasm', '--epochs', '5']
// Each update is followed by a checkpoint: two are on the disk when an attempt is held.
const often = ['--checkpoint-every', '0.0000001']
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
}, 600_000)
afterAll(() => rmSync(images, { recursive: true }))

/** An attempt to which something is done in the middle of its training. */
const disturb = (
  results: string,
  more: readonly string[],
  harm: (run: SmallProcess) => void,
  options: Parameters<typeof startSmall>[2] = {},
): Promise<Ended> => startHeld(results, [...words, ...often, ...more], harm, options)

/** It failed with this sentence, has a checkpoint, no result, and nothing half-written. */
const expectSafe = (results: string, ended: Ended, sentence: RegExp): void => {
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(1)
  expect(ended.err).toMatch(sentence)
  expect(ended.err).not.toMatch(/^\s+at /m)
  const files = filesBelow(results)
  expect(files.filter((name) => /^runs\/|\.tmp$/.test(name))).toEqual([])
  expect(checkpoints(results).length).toBeGreaterThan(0)
}

/** All is well again: the run goes on, and ends as if nothing had been. */
const expectRecovery = async (results: string): Promise<void> => {
  const ended = await startSmall(results, words).ended
  expect(ended.code, ended.err).toBe(0)
  expect(onlyResult(results).hash).toBe(expected)
  const lines = logLines(results).map(({ text }) => String(text))
  expect(lines.filter((text) => text.startsWith('resumes from')).length).toBeGreaterThan(0)
}

/** In one piece: what reads it meanwhile finds the image or this, and no empty file. */
const poison = (i: number): void => {
  writeFileSync(`${image(i)}.new`, 'NaN')
  renameSync(`${image(i)}.new`, image(i))
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
  const poisoned = await disturb(results, [], () => first.forEach(poison))
  await writeImages()
  expectSafe(results, poisoned, /the image of example \d+ .*holds NaN, expected finite numbers/)
  await expectRecovery(results)
}, 600_000)

test('NaN in the images that are held out alone: no check of them is kept', async () => {
  const results = resultsFolder()
  // The unit's own split, by its seed: the last fifth.
  const out = createRandom(1).stream('split').permutation(60).subarray(48)
  const poisoned = await disturb(results, [], () => out.forEach(poison))
  await writeImages()
  expectSafe(results, poisoned, /validation after step 12: the image of example \d+ holds NaN/)
  expect(checkpoints(results).map(({ state }) => state.step)).toEqual([11, 10])
  await expectRecovery(results)
}, 600_000)

const disk = smallDisk(12_000_000)
afterAll(() => disk?.unmount())

// Mounting takes Linux and root, as in CI's container.
test.skipIf(!disk)(
  'a full disk, and a results folder that turns read-only',
  async () => {
    const results = join(disk!.dir, 'results')
    mkdirSync(results)
    const full = await disturb(results, [], () => {
      const filler = join(disk!.dir, 'filler')
      const { bavail, bsize } = statfsSync(disk!.dir)
      try {
        writeFileSync(filler, new Uint8Array(bavail * bsize))
      } catch (error) {
        // The file's own list of blocks takes room too: what is written until then fills the disk.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
      // Room for a beginning: whatever is written next is cut short.
      truncateSync(filler, Math.max(0, statSync(filler).size - 4096))
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
  600_000,
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
  600_000,
)

test('a clock that goes back a day changes nothing, in an attempt and from one to the next', async () => {
  const results = resultsFolder()
  const clock = fileURLToPath(new URL('testing/clock-back.mjs', import.meta.url))
  const back = join(images, 'clock-is-back')
  const env = { NODE_OPTIONS: `--import=${clock}`, CLOCK_BACK: back }
  const goBack = (run: SmallProcess) => {
    writeFileSync(back, '')
    run.kill('SIGTERM')
  }
  const ended = await startHeld(results, [...words, ...often], goBack, { env })
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(143)
  // It did go back in the middle, and checkpoints were written after that.
  const times = logLines(results).map(({ time }) => Date.parse(String(time)))
  const [last] = checkpoints(results)
  expect(Math.abs(times[0]! - Date.now())).toBeLessThan(3_600_000)
  expect(Date.parse(last!.savedAt)).toBeLessThan(times[0]! - 86_400_000)
  const { step } = last!.state
  await expectRecovery(results)
  expect(logLines(results).map(({ text }) => text)).toContain(
    `resumes from the checkpoint after step ${step} of 60`,
  )
  expect(onlyResult(results).result).toMatchObject({ timing: { attempts: 2 } })
}, 600_000)
