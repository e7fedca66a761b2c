import { createRandom, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import {
  compose,
  fiveCrop,
  normalize,
  randomCrop,
  randomHorizontalFlip,
  toFloat,
} from '@retable/transforms'
import type { Image } from '@retable/transforms'
import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.js'
import { loader } from './loader.js'
import type { Loader } from './loader.js'
import type { Batch } from './make-batch.js'
import { memoryDataset } from './memory-dataset.js'
import { subset } from './subset.js'

const SIZE = 4 * 4 * 3

/** Twenty-three images of 4×4: byte j of image i is (7 i + 5 j) mod 256, the label i mod 4. */
const set = memoryDataset({
  name: 'counted',
  classes: ['a', 'b', 'c', 'd'],
  store: {
    height: 4,
    width: 4,
    channels: 3,
    pixels: Uint8Array.from(
      { length: 23 * SIZE },
      (_, k) => (7 * Math.floor(k / SIZE) + 5 * (k % SIZE)) % 256,
    ),
    labels: Int32Array.from({ length: 23 }, (_, i) => i % 4),
  },
})

const waits = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The same set, handed out later and out of order; keeps count of what is being read. */
const slow = (
  delay: (i: number) => number = (i) => (i * 7) % 5,
): Dataset & { reading: number; most: number; read: number } => {
  const counted = {
    name: 'counted',
    classes: set.classes,
    length: set.length,
    fingerprint: set.fingerprint,
    reading: 0,
    most: 0,
    read: 0,
    get: async (i: number) => {
      counted.most = Math.max(counted.most, ++counted.reading)
      await waits(delay(i))
      counted.reading--
      counted.read++
      return set.get(i)
    },
  }
  return counted
}

const collect = async (batches: AsyncIterable<Batch>): Promise<Batch[]> => {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}
const indicesOf = (batches: readonly Batch[]) => batches.flatMap((batch) => [...batch.indices])
const counting = Array.from({ length: 23 }, (_, i) => i)

const augment = compose([
  randomCrop({ size: 4, padding: 1 }),
  randomHorizontalFlip(),
  normalize({ mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] }),
])

describe('loader', () => {
  it('batches in order, by hand', async () => {
    const batches = await collect(loader(set, { batchSize: 10 }))
    expect(batches.map((b) => b.shape)).toEqual([
      [10, 4, 4, 3],
      [10, 4, 4, 3],
      [3, 4, 4, 3],
    ])
    expect(batches.map((b) => [b.epoch, b.index, b.views])).toEqual([
      [0, 0, 1],
      [0, 1, 1],
      [0, 2, 1],
    ])
    expect([...batches[2]!.indices]).toEqual([20, 21, 22])
    expect([...batches[2]!.labels]).toEqual([0, 1, 2])
    // Byte 3 of image 21 is (147 + 15) mod 256.
    expect(batches[2]!.images[SIZE + 3]).toBe(Math.fround(162 / 255))
    expect(indicesOf(batches)).toEqual(counting)
  })

  it('dropLast leaves out what fills no batch', async () => {
    const full = loader(set, { batchSize: 10, dropLast: true })
    expect(full.length).toBe(2)
    expect(indicesOf(await collect(full))).toEqual(counting.slice(0, 20))
    expect(loader(set, { batchSize: 10 }).length).toBe(3)
    expect(() => loader(set, { batchSize: 24, dropLast: true })).toThrow(
      /counted has 23 examples, too few for one full batch of 24/,
    )
  })

  it('shuffles by the permutation of the stream of the epoch', async () => {
    const random = createRandom(5).stream('data')
    const shuffled = loader(set, { batchSize: 4, shuffle: true, random })
    for (const e of [0, 1, 7]) {
      const order = indicesOf(await collect(shuffled.epoch(e)))
      expect(order).toEqual([...random.stream('epoch', e, 'shuffle').permutation(23)])
      expect([...order].sort((a, b) => a - b)).toEqual(counting)
      expect(order).not.toEqual(counting)
    }
    const orders = await Promise.all(
      [0, 1].map(async (e) => indicesOf(await collect(shuffled.epoch(e)))),
    )
    expect(orders[0]).not.toEqual(orders[1])
    expect(indicesOf(await collect(shuffled))).toEqual(orders[0])
  })

  it('draws for an example only from the stream of epoch and number', async () => {
    const random = createRandom(5)
    const batches = await collect(
      loader(set, { batchSize: 4, shuffle: true, random, transform: augment }).epoch(2),
    )
    for (const { images, indices } of batches) {
      for (const [slot, i] of indices.entries()) {
        const { image } = (await set.get(i)) as { image: Image }
        const alone = augment(image, random.stream('epoch', 2, 'example', i))
        expect(images.subarray(slot * SIZE, (slot + 1) * SIZE)).toEqual(alone.data)
      }
    }
  })

  it('gives an epoch from any batch on, and any single batch', async () => {
    const options = { batchSize: 4, shuffle: true, random: createRandom(5), transform: augment }
    const whole = await collect(loader(set, options).epoch(3))
    for (const startBatch of [0, 1, 5, 6]) {
      const rest = await collect(loader(set, options).epoch(3, { startBatch }))
      expect(rest).toEqual(whole.slice(startBatch))
    }
    const again = loader(set, options)
    expect(await again.batch(3, 4)).toEqual(whole[4])
    expect(await again.batch(3, 0)).toEqual(whole[0])
    expect(await collect(loader(set, { ...options, epoch: 3, startBatch: 5 }))).toEqual(
      whole.slice(5),
    )
  })

  it('can be iterated again, several at a time', async () => {
    const l = loader(set, { batchSize: 4, shuffle: true, transform: augment })
    const [a, b] = await Promise.all([collect(l.epoch(1)), collect(l.epoch(2))])
    expect(await collect(l.epoch(1))).toEqual(a)
    expect(await collect(l.epoch(2))).toEqual(b)
  })

  it('hands out batches that stay as they are', async () => {
    const l = loader(set, { batchSize: 4 })
    const batches = await collect(l)
    expect(new Set(batches.map((b) => b.images.buffer)).size).toBe(batches.length)
    batches[0]!.images.fill(0)
    batches[0]!.indices.fill(0)
    expect(await collect(l)).toEqual(await collect(loader(set, { batchSize: 4 })))
  })

  it('fills arrays that were given back', async () => {
    const expected = await collect(loader(set, { batchSize: 4, transform: augment }))
    const l = loader(set, { batchSize: 4, transform: augment })
    const buffers = new Set<ArrayBufferLike>()
    for await (const batch of l) {
      expect(batch).toEqual(expected[batch.index])
      buffers.add(batch.images.buffer)
      l.release(batch)
    }
    // One for the full batches, one for the last, which is smaller.
    expect(buffers.size).toBe(2)
  })
})

describe('loader over a set that reads asynchronously', () => {
  it('gives the same batches, whichever example comes first', async () => {
    const options = { batchSize: 5, shuffle: true, random: createRandom(2), transform: augment }
    const expected = await collect(loader(set, options).epoch(1))
    for (const prefetch of [0, 1, 2, 10]) {
      expect(await collect(loader(slow(), { ...options, prefetch }).epoch(1))).toEqual(expected)
    }
  })

  it('reads ahead as far as asked', async () => {
    for (const [prefetch, batches] of [
      [0, 1],
      [2, 3],
    ] as const) {
      const data = slow(() => 1)
      for await (const batch of loader(data, { batchSize: 4, prefetch })) {
        if (batch.index > 0) continue
        await waits(60)
        expect(data.read).toBe(4 * batches)
      }
    }
  })

  it('reads at most sixteen examples of a batch at a time', async () => {
    const data = slow(() => 2)
    await collect(loader(data, { batchSize: 23, prefetch: 0 }))
    expect(data.most).toBe(16)
  })

  it("tells a failure when its batch's turn comes, with the example's number", async () => {
    const failing: Dataset = {
      ...slow(),
      get: async (i) => {
        await waits(1)
        if (i === 9) throw new RetableError('corrupt-data', 'file-9.png is broken')
        return set.get(i)
      },
    }
    const seen: number[] = []
    const run = async () => {
      for await (const batch of loader(failing, { batchSize: 4 })) {
        await waits(20)
        seen.push(batch.index)
      }
    }
    await expect(run()).rejects.toMatchObject({
      code: 'corrupt-data',
      message: 'example 9 of counted (epoch 0, batch 2): file-9.png is broken',
    })
    expect(seen).toEqual([0, 1])
  })

  it('reads no further once the consumer has stopped', async () => {
    const data = slow(() => 1)
    for await (const batch of loader(data, { batchSize: 4, prefetch: 1 })) {
      if (batch.index === 0) break
    }
    await waits(60)
    expect(data.read).toBeLessThanOrEqual(8)
  })
})

describe("the loader's transforms", () => {
  it('may make several views', async () => {
    const transform = compose([fiveCrop({ size: 2 }), toFloat()])
    const [batch] = await collect(loader(set, { batchSize: 23, transform }))
    expect(batch!.views).toBe(5)
    expect(batch!.shape).toEqual([115, 2, 2, 3])
    expect(batch!.labels).toHaveLength(23)
    const views = transform((set.get(7) as { image: Image }).image)
    for (const [v, view] of views.entries()) {
      const at = (7 * 5 + v) * 12
      expect(batch!.images.subarray(at, at + 12)).toEqual(view.data)
    }
  })

  it('may be functions of your own, drawing or not', async () => {
    const transform = ({ channels }: Image, random: Random): Image => ({
      data: Float32Array.of(random.uniform(), 2, 3),
      height: 1,
      width: 1,
      channels,
    })
    const random = createRandom(9)
    const [batch] = await collect(loader(set, { batchSize: 2, transform, random }))
    expect(batch!.shape).toEqual([2, 1, 1, 3])
    expect(batch!.images[3]).toBe(Math.fround(random.stream('epoch', 0, 'example', 1).uniform()))
  })

  it('must give one shape in a batch', async () => {
    const transform = (image: Image): Image =>
      image.data[0] === 14 ? { ...image, height: 2, width: 8 } : image
    await expect(collect(loader(set, { batchSize: 5, transform }))).rejects.toMatchObject({
      code: 'invalid-shape',
      message:
        "example 2 of counted (epoch 0, batch 0): a batch's images are of one shape: found 1 of 2×8×3, expected 1 of 4×4×3 as for example 0; resize or crop in the transform",
    })
    const odd: Dataset = {
      ...set,
      get: (i) => {
        const side = i === 3 ? 5 : 4
        const data = new Uint8Array(side * side * 3)
        return { image: { data, height: side, width: side, channels: 3 }, label: 0 }
      },
    }
    const flip = randomHorizontalFlip()
    await expect(collect(loader(odd, { batchSize: 5, transform: flip }))).rejects.toMatchObject({
      code: 'invalid-shape',
      message: expect.stringMatching(/^example 3 of counted .* found 1 of 5×5×3/),
    })
  })
})

describe("the loader's options", () => {
  const bad = (options: object) => () => loader(set, { batchSize: 4, ...options })
  it('are checked', () => {
    expect(bad({ batchSize: 0 })).toThrow(
      "the loader's batchSize is an integer of at least 1, found 0",
    )
    expect(bad({ batchSize: 2.5 })).toThrow(/found 2.5/)
    expect(() => loader(set, undefined as never)).toThrow(/loader takes its options as an object/)
    expect(bad({ batchSize: 4, batch_size: 4 })).toThrow(/did you mean batchSize/)
    expect(bad({ batchSize: 4, random: 3 as never })).toThrow(/createRandom\(3\), found 3/)
    expect(bad({ prefetch: -1 })).toThrow(/prefetch is an integer of at least 0, found -1/)
    expect(bad({ workers: NaN })).toThrow(/workers is an integer of at least 0, found NaN/)
    expect(() => loader(set, { batchSize: 4 }).epoch(-1)).toThrow(/epoch .* found -1/)
    expect(() => loader(set, { batchSize: 4 }).epoch(0, { startBatch: 7 })).toThrow(
      'an epoch has 6 batches, found startBatch 7',
    )
  })

  it('refuse a batch that an epoch does not have', async () => {
    await expect(loader(set, { batchSize: 4 }).batch(0, 6)).rejects.toThrow(
      'an epoch has batches 0 to 5, found batch 6',
    )
  })

  it('refuse workers for what cannot be handed to them', () => {
    const anonymous: Dataset = slow()
    const with2 = (d: Dataset, transform?: (image: Image) => Image): (() => Loader) => {
      const options = { batchSize: 4, workers: 2 }
      return () => loader(d, transform === undefined ? options : { ...options, transform })
    }
    expect(with2(anonymous)).toThrow(/counted cannot be handed to worker threads/)
    expect(with2(subset(anonymous, [1, 2]))).toThrow(/cannot be handed to worker threads/)
    expect(with2(set, (image) => image)).toThrow(/transform cannot be handed to worker threads/)
    expect(with2(set, compose([(image: Image) => image]))).toThrow(/cannot be remade from its spec/)
  })
})
