import { describe, expect, it } from 'vitest'
import { cifar100Classes, cifar100CoarseClasses } from './cifar-classes.js'
import { parseCifar10, parseCifar100 } from './parse-cifar.js'
import { records } from './node/testing/small-cifar.js'

/** One record of CIFAR-10 whose red plane is 1, 2, 3, …, green 101, …, blue 201, … (modulo 256). */
const record = (label: number): Uint8Array => {
  const bytes = new Uint8Array(3073)
  bytes[0] = label
  for (let i = 0; i < 1024; i++) {
    bytes[1 + i] = i + 1
    bytes[1025 + i] = i + 101
    bytes[2049 + i] = i + 201
  }
  return bytes
}

describe('parseCifar10', () => {
  it('interleaves the planes and reads the label', () => {
    const set = parseCifar10(record(7))
    expect(set.length).toBe(1)
    const { image, label } = set.get(0) as { image: { data: Uint8Array }; label: number }
    expect(label).toBe(7)
    expect(set.classes[label]).toBe('horse')
    // Pixel (0, 0), (0, 1) and (1, 0): the planes are row-major, so (1, 0) is the planes' entry 32.
    expect([...image.data.subarray(0, 6)]).toEqual([1, 101, 201, 2, 102, 202])
    expect([...image.data.subarray(96, 99)]).toEqual([33, 133, 233])
    expect(image).toMatchObject({ height: 32, width: 32, channels: 3 })
  })

  it('joins files in order', () => {
    const set = parseCifar10([records(3, 0), records(2, 5)])
    expect(set.length).toBe(5)
    expect([...set.store!.labels]).toEqual([0, 1, 2, 5, 6])
  })

  it('has the SHA-256 of the bytes as fingerprint', async () => {
    const bytes = records(2, 1)
    const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
    expect(parseCifar10(bytes).fingerprint).toBe(Buffer.from(digest).toString('hex'))
    expect(parseCifar10([records(2, 1)]).fingerprint).toBe(parseCifar10(bytes).fingerprint)
  })

  it('says what is wrong with a file', () => {
    const files = ['data_batch_1.bin', 'data_batch_2.bin']
    const good = records(2, 0)
    expect(() => parseCifar10([good, good.subarray(0, 6000)], { files })).toThrow(
      'data_batch_2.bin does not hold whole cifar10 records: found 6000 bytes, expected a multiple of 3073 (1 records and 2927 bytes more)',
    )
    expect(() => parseCifar10(new Uint8Array(0), { files })).toThrow(
      /data_batch_1.bin .* found 0 bytes/,
    )
    expect(() => parseCifar10([])).toThrow(/no files/)
    const bad = records(2, 0)
    bad[3073] = 10
    expect(() => parseCifar10(bad, { files })).toThrow(
      'data_batch_1.bin: record 1 (byte 3073) has label 10, expected 0 to 9',
    )
  })
})

describe('parseCifar100', () => {
  const bytes = records(5, 3, [20, 100])
  it('reads the fine or the coarse label', () => {
    expect([...parseCifar100(bytes).store!.labels]).toEqual([4, 5, 6, 7, 8])
    expect([...parseCifar100(bytes, { labels: 'coarse' }).store!.labels]).toEqual([3, 4, 5, 6, 7])
    expect(parseCifar100(bytes).fingerprint).not.toBe(
      parseCifar100(bytes, { labels: 'coarse' }).fingerprint,
    )
  })

  it('knows the classes', () => {
    expect(cifar100Classes).toHaveLength(100)
    expect(new Set(cifar100Classes).size).toBe(100)
    expect([...cifar100Classes]).toEqual([...cifar100Classes].sort())
    expect(cifar100CoarseClasses).toHaveLength(20)
  })

  it('refuses labels out of range, either of them', () => {
    const coarse = bytes.slice()
    coarse[0] = 20
    expect(() => parseCifar100(coarse)).toThrow(/coarse label 20, expected 0 to 19/)
    const fine = bytes.slice()
    fine[1] = 100
    expect(() => parseCifar100(fine, { labels: 'coarse' })).toThrow(
      /fine label 100, expected 0 to 99/,
    )
  })
})
