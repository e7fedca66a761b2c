import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { createRandom } from '@retable/core/host'
import { centerCrop, normalize, randomHorizontalFlip } from '@retable/transforms'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Dataset } from '../dataset.js'
import { loader } from '../loader.js'
import type { Batch } from '../make-batch.js'
import { synthetic } from '../synthetic.js'
import { subset } from '../subset.js'
import { datasetFromSpec } from './dataset-from-spec.js'
import { imagenet } from './imagenet/imagenet.js'
import { below, fileBytes, trainFiles, writeFiles } from './testing/small-imagenet.js'

const own = new URL('./testing/own-set.mjs', import.meta.url).href
const gray = (options: object): Promise<Dataset> =>
  datasetFromSpec({
    kind: 'module',
    url: own,
    factory: 'gray',
    options: { length: 40, ...options },
  })

/** The threads started from now on, and a promise of their end; a thread that does not end fails the test by its time. */
const watchThreads = () => {
  const started: Worker[] = []
  const watch = (worker: Worker) => void started.push(worker)
  process.on('worker', watch)
  onTestFinished(() => void process.off('worker', watch))
  const ended = () =>
    Promise.all(
      started.map(async (worker) => {
        if (worker.threadId !== -1) await once(worker, 'exit')
      }),
    )
  return { started, ended }
}

const collect = async (batches: AsyncIterable<Batch>): Promise<Batch[]> => {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

/** Runs a module's source in a Node process of its own; gives its exit code and output. */
const run = (source: string) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', source],
    { cwd: new URL('../..', import.meta.url), encoding: 'utf8', timeout: 150_000 },
  )
  return { status, stdout, stderr }
}
const imports = `
  import { loader, synthetic } from '@retable/datasets'
  import { datasetFromSpec } from '@retable/datasets/node'
  const data = synthetic({ seed: 1, length: 640 })
`

// Each thread loads the packages again, which takes its time on a busy machine.
describe("the loader's worker threads", { timeout: 180_000 }, () => {
  it("tell the data set's failure as the loader's, and end", async () => {
    const threads = watchThreads()
    const l = loader(await gray({ failAt: 21 }), { batchSize: 4, workers: 2 })
    const seen: number[] = []
    const iterate = async () => {
      for await (const batch of l) seen.push(batch.index)
    }
    await expect(iterate()).rejects.toMatchObject({
      name: 'RetableError',
      code: 'corrupt-data',
      message: 'example 21 of gray (epoch 0, batch 5): gray-21.png vanished',
    })
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect(threads.started).toHaveLength(2)
    await threads.ended()
    // The loader is not spoilt by it.
    const rest = await collect(l.epoch(0, { startBatch: 6 }))
    expect(rest.map((b) => b.index)).toEqual([6, 7, 8, 9])
    l.close()
  })

  it('that die are reported', async () => {
    const l = loader(await gray({ crashAt: 9 }), { batchSize: 4, workers: 2 })
    await expect(collect(l)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'a worker thread of the loader ended: exit code 7',
    })
  })

  it("tell that a set cannot be opened, in the set's own words", async () => {
    const set = await gray({})
    const broken = {
      ...set,
      spec: { kind: 'module', url: own, factory: 'notAFunction', options: {} },
    }
    await expect(collect(loader(broken, { batchSize: 4, workers: 1 }))).rejects.toThrow(
      /own-set.mjs exports no function notAFunction; found gray, notAFunction/,
    )
    const unknown = { ...set, spec: { kind: 'cifar-10' } }
    await expect(collect(loader(unknown, { batchSize: 4, workers: 1 }))).rejects.toMatchObject({
      code: 'unknown-name',
      message: 'unknown data set "cifar-10"; did you mean "cifar10" or "cifar100"?',
    })
  })

  it('refuse a set that is another one by the time they open it', async () => {
    const set = { ...(await gray({})), fingerprint: 'cd'.repeat(32) }
    await expect(collect(loader(set, { batchSize: 4, workers: 1 }))).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining(
        'a worker thread of the loader opened gray again and found another set: 40 examples with the fingerprint abababababab, expected cdcdcdcdcdcd; has it changed',
      ),
    })
    const dir = await mkdtemp(join(tmpdir(), 'retable-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await writeFiles(dir, below('train', trainFiles))
    const train = await imagenet({ dir, split: 'train', cacheDir: dir })
    const transform = centerCrop({ size: 16 })
    const l = loader(train, { batchSize: 3, workers: 1, transform })
    expect(await collect(l)).toEqual(await collect(loader(train, { batchSize: 3, transform })))
    l.close()
    // Every example has another number now.
    await writeFiles(dir, { 'train/n01440764/n01440764_1.JPEG': fileBytes('rgb') })
    await expect(collect(l)).rejects.toThrow(
      /opened imagenet-train again and found another set: 6 ex/,
    )
  })

  it('end when the consumer stops early', async () => {
    const threads = watchThreads()
    const l = loader(synthetic({ seed: 1, length: 640 }), { batchSize: 8, workers: 2 })
    for await (const batch of l) if (batch.index === 2) break
    expect(threads.started).toHaveLength(2)
    await threads.ended()
    // And again by hand, from the iterator.
    const iterator = l[Symbol.asyncIterator]() as AsyncGenerator<Batch>
    await iterator.next()
    await iterator.return(undefined)
    expect(threads.started).toHaveLength(4)
    await threads.ended()
  })

  it('continue for one consumer when another stops', async () => {
    const data = synthetic({ seed: 1, length: 96 })
    const l = loader(data, { batchSize: 8, workers: 2 })
    onTestFinished(() => l.close())
    const stopping = async () => {
      for await (const batch of l.epoch(1)) if (batch.index === 1) break
    }
    const [all] = await Promise.all([collect(l.epoch(0)), stopping()])
    expect(all).toEqual(await collect(loader(data, { batchSize: 8 })))
  })

  it('serve a selection from a set by the numbers of the selection', async () => {
    const data = subset(synthetic({ seed: 1, length: 640 }), [600, 5, 5, 77])
    const options = { batchSize: 3, random: createRandom(1), transform: randomHorizontalFlip() }
    const l = loader(data, { ...options, workers: 1 })
    const batches = await collect(l)
    l.close()
    expect(batches.flatMap((b) => [...b.indices])).toEqual([0, 1, 2, 3])
    expect(batches).toEqual(await collect(loader(data, options)))
  })

  it('fill arrays that were given back', async () => {
    const data = synthetic({ seed: 1, length: 64 })
    const transform = normalize({ mean: [0.5, 0.5, 0.5], std: [1, 1, 1] })
    const expected = await collect(loader(data, { batchSize: 8, transform }))
    const l = loader(data, { batchSize: 8, transform, workers: 2 })
    onTestFinished(() => l.close())
    for await (const batch of l) {
      expect(batch).toEqual(expected[batch.index])
      // What is given back is filled elsewhere: wrong bytes there would show.
      batch.images.fill(NaN)
      l.release(batch)
      expect(batch.images.length === 0 || Number.isNaN(batch.images[0]!)).toBe(true)
    }
  })

  it('keep no process alive: iterated to the end', () => {
    const { status, stdout } = run(`${imports}
      let n = 0
      for await (const b of loader(data, { batchSize: 32, workers: 2 })) n += b.labels.length
      const ended = performance.now()
      process.on('exit', () => console.log(n, performance.now() - ended < 8000))`)
    // Threads without work would last ten seconds if they kept it alive.
    expect(stdout.trim()).toBe('640 true')
    expect(status).toBe(0)
  })

  it('keep no process alive: broken off, and never finished', () => {
    const { status, stdout } = run(`${imports}
      for await (const b of loader(data, { batchSize: 32, workers: 2 })) { console.log(b.index); break }
      const open = loader(data, { batchSize: 32, workers: 2 })[Symbol.asyncIterator]()
      await open.next()
      console.log('left')`)
    expect(stdout.trim().split('\n')).toEqual(['0', 'left'])
    expect(status).toBe(0)
  })

  it('end the process with the error if nobody catches it', () => {
    const { status, stderr } = run(`${imports}
      const set = await datasetFromSpec({ kind: 'module', url: ${JSON.stringify(own)}, factory: 'gray', options: { length: 40, failAt: 10 } })
      for await (const b of loader(set, { batchSize: 4, workers: 2 })) void b`)
    expect(status).toBe(1)
    expect(stderr).toContain('example 10 of gray (epoch 0, batch 2): gray-10.png vanished')
  })
})
