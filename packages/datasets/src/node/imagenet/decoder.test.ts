import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { resize } from '@retable/transforms'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import drawn from '../../../fixtures/imagenet.json' with { type: 'json' }
import { createDecoder } from './decoder.js'

const exact = await createDecoder('exact', undefined)
const files = Object.entries(drawn.files)
const bytesOf = (text: string) => Buffer.from(text, 'base64')

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length)
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

describe('exact decoding', () => {
  it.each(files)("gives Pillow's bytes, or refuses what Pillow refuses: %s", async (_, found) => {
    const bytes = bytesOf(found.file)
    if (found.pillow === null) return expect(exact(bytes)).rejects.toThrow()
    const { rgb, ...shape } = found.pillow
    const { data, ...ours } = await exact(bytes)
    expect(ours).toEqual({ ...shape, channels: 3 })
    expect(Buffer.compare(data as Uint8Array, bytesOf(rgb))).toBe(0)
  })

  it('refuses what claims too many pixels, before it takes memory for them', async () => {
    const picture = { create: { width: 60, height: 40, channels: 3, background: 'red' } } as const
    const [jpeg, png] = await Promise.all([
      sharp(picture).jpeg().toBuffer(),
      sharp(picture).png().toBuffer(),
    ])
    const least = await createDecoder('exact', undefined, 60 * 40)
    expect((await least(jpeg)).width).toBe(60)
    expect((await least(png)).width).toBe(60)
    const fewer = await createDecoder('exact', undefined, 60 * 40 - 1)
    await expect(fewer(jpeg)).rejects.toThrow('40×60 is over the limit of 2399 pixels (maxPixels)')
    await expect(fewer(png)).rejects.toThrow(/^it is over the limit of 2399 pixels \(maxPixels\)$/)
    // The height and width of a JPEG's frame follow its marker, length and precision.
    const claiming = (side: number) => {
      const at = jpeg.indexOf(Buffer.of(0xff, 0xc0))
      const bytes = Buffer.from(jpeg)
      bytes.writeUInt16BE(side, at + 5)
      bytes.writeUInt16BE(side, at + 7)
      return bytes
    }
    const before = process.memoryUsage().rss
    for (const decode of [exact, await createDecoder('fast', undefined)]) {
      await expect(decode(claiming(16383))).rejects.toThrow(
        '16383×16383 is over the limit of 100000000 pixels (maxPixels)',
      )
      await expect(decode(claiming(9000))).rejects.toThrow(
        `it claims 9000×9000, and its ${jpeg.length} bytes cannot hold so many pixels`,
      )
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
  })

  it('says what is wrong', async () => {
    await expect(exact(Buffer.alloc(0))).rejects.toThrow('the file is empty')
    await expect(exact(bytesOf(drawn.files.text.file))).rejects.toThrow('not an image')
    await expect(exact(bytesOf(drawn.files.truncated.file))).rejects.toThrow(
      'premature end of JPEG image',
    )
  })

  it('rescales as the transform does', async () => {
    const bytes = bytesOf(drawn.files.cmyk.file)
    const small = await (await createDecoder('exact', 16))(bytes)
    expect(small).toEqual(resize({ size: 16 })(await exact(bytes)))
    expect(small).toMatchObject({ height: 16, width: 21 })
  })
})

describe('fast decoding', () => {
  it('is a few gray levels off, and leaves odd files to the exact one', async () => {
    const fast = await createDecoder('fast', undefined)
    for (const [name, found] of files) {
      const bytes = bytesOf(found.file)
      if (found.pillow === null) await expect(fast(bytes), name).rejects.toThrow()
      else {
        const { data } = await fast(bytes)
        const most = furthest(data, bytesOf(found.pillow.rgb))
        expect(most, name).toBeLessThanOrEqual(6)
        if (/gray|cmyk|png/.test(name)) expect(most, name).toBe(0)
      }
    }
  })

  it('leaves JPEGs whose colors decoders do not agree on to the exact one', async () => {
    const fast = await createDecoder('fast', undefined)
    const plain = bytesOf(drawn.files.rgb.file)
    const adobe = (transform: number) =>
      Buffer.concat([Buffer.from([0xff, 0xee, 0, 14]), Buffer.from('Adobe\0d\0\0\0\0'), Buffer.of(transform)]) // prettier-ignore
    const frame = plain.indexOf(Buffer.of(0xff, 0xc0))
    const scan = plain.indexOf(Buffer.of(0xff, 0xda))
    const insert = (at: number, bytes: Buffer) =>
      Buffer.concat([plain.subarray(0, at), bytes, plain.subarray(at)])
    const named = Buffer.from(plain)
    ;[...'RGB'].forEach((id, c) => {
      named[frame + 10 + 3 * c] = id.charCodeAt(0)
      named[scan + 5 + 2 * c] = id.charCodeAt(0)
    })
    // The JFIF mark before them says luma and chroma, and libjpeg goes by it.
    expect(plain.toString('latin1', 6, 10)).toBe('JFIF')
    for (const odd of [insert(frame, adobe(0)), insert(scan, adobe(0)), named]) {
      expect(await exact(odd)).toEqual(await exact(plain))
      expect(await fast(odd)).toEqual(await exact(odd))
    }
    // What Adobe's programs write is no oddity.
    expect(await fast(insert(frame, adobe(1)))).toEqual(await fast(plain))
    expect(await fast(plain)).not.toEqual(await exact(plain))
  })

  it('leaves what it refuses to the exact one: a frame that says arithmetic coding', async () => {
    const fast = await createDecoder('fast', undefined)
    const bytes = bytesOf(drawn.files.rgb.file)
    bytes[bytes.indexOf(Buffer.of(0xff, 0xc0)) + 1] = 0xc9
    expect(await fast(bytes)).toEqual(await exact(bytes))
  })

  it('rescales as the transform does', async () => {
    const fast = await createDecoder('fast', undefined)
    for (const size of [10, 16, 24, 40]) {
      const small = await createDecoder('fast', size)
      for (const text of drawn.many) {
        expect(await small(bytesOf(text))).toEqual(resize({ size })(await fast(bytesOf(text))))
      }
    }
  })
})

const samples = process.env['RETABLE_IMAGENET_SAMPLES']

/** Real photographs, which are not ours to commit: a folder in ImageNet's layout, decoded beside a list of Pillow's digests. */
describe.runIf(samples !== undefined)('real photographs', () => {
  const paths = samples === undefined ? [] : readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.JPEG')) // prettier-ignore

  it('are decoded quickly to nearly the same pixels', { timeout: 120_000 }, async () => {
    expect(paths.length).toBeGreaterThan(0)
    const fast = await createDecoder('fast', undefined)
    for (const path of paths) {
      const bytes = readFileSync(join(samples!, path))
      expect(furthest((await fast(bytes)).data, (await exact(bytes)).data)).toBeLessThanOrEqual(6)
    }
  })
})
