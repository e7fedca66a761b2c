import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRandom } from '@retable/core'
import { describe, expect, test } from 'vitest'
import { begin, cropped, mirrored, rescaled } from './lazy.js'
import type { LazyImage } from './lazy-image.js'
import { lookByKernel, rescaleByKernel } from './pixel-kernels.js'
import { renderRescaled } from './render-rescaled.js'
import { floatPicture, picture } from './testing/picture.js'

/** What JavaScript makes of a picture and what the kernel makes of it, around one value that neither may touch. */
const bothWays = (p: LazyImage, table: Float32Array) => {
  const values = p.height * p.width * 3
  const make = () =>
    (table.length > 0 ? new Float32Array(values + 2) : new Uint8Array(values + 2)).fill(77)
  const [byHand, byKernel] = [make(), make()]
  renderRescaled(p, p.rescaling!, table, byHand, 1)
  expect(rescaleByKernel(p, p.rescaling!, table, byKernel, 1)).toBe(true)
  return [byHand, byKernel]
}

const random = createRandom('kernels')
const tableOf = (stream: string) => random.stream(stream).fillNormal(new Float32Array(3 * 256))

describe('the kernels that work in vectors', () => {
  test('are what assembly/pixels.ts gives', () => {
    const script = fileURLToPath(new URL('../scripts/compile-kernels.mjs', import.meta.url))
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })
  }, 180_000)

  test('rescale as JavaScript does, to the bit: 150 sizes, windows and mirror images, up and down', () => {
    for (let k = 0; k < 150; k++) {
      const draw = random.stream('rescale', k)
      const [h, w] = [1 + draw.int(90), 1 + draw.int(90)]
      const [height, width] = [1 + draw.int(60), 1 + draw.int(60)]
      if (h === height && w === width) continue
      let p = rescaled(begin(picture(h, w)), height, width, draw.int(4) > 0)
      const [top, left] = [draw.int(height), draw.int(width)]
      p = cropped(p, top, left, 1 + draw.int(height - top), 1 + draw.int(width - left))
      if (draw.int(2) === 0) p = mirrored(p)
      const [byHand, byKernel] = bothWays(p, draw.int(3) === 0 ? new Float32Array(0) : tableOf('r'))
      expect(byKernel, `${h}×${w} to ${height}×${width}`).toEqual(byHand)
    }
  })

  test('a photograph to 256 and cropped at 224', () => {
    const whole = rescaled(begin(picture(375, 500)), 256, 341, true)
    const [byHand, byKernel] = bothWays(mirrored(cropped(whole, 32, 117, 224, 224)), tableOf('p'))
    expect(byKernel).toEqual(byHand)
  })

  test('put bytes through a table, mirrored or not', () => {
    const image = picture(31, 37)
    const table = tableOf('look')
    const window = cropped(begin(image), 3, 5, 20, 30)
    for (const p of [window, mirrored(window)]) {
      const out = new Float32Array(20 * 30 * 3 + 2).fill(77)
      expect(lookByKernel(p, table, out, 1)).toBe(true)
      const expected = Float32Array.from({ length: 20 * 30 * 3 }, (_, i) => {
        const [y, x, c] = [Math.floor(i / 90), Math.floor(i / 3) % 30, i % 3]
        const column = p === window ? 5 + x : 5 + 29 - x
        return table[256 * c + image.data[((3 + y) * 37 + column) * 3 + c]!]!
      })
      expect(out.subarray(1, -1)).toEqual(expected)
      expect([out[0], out.at(-1)]).toEqual([77, 77])
    }
  })

  test('leave floats, other channels and what takes over 64 MiB to JavaScript, and write nothing', () => {
    const out = new Float32Array(3 * 4 * 4)
    const huge = { data: new Uint8Array(4800 * 4800 * 3), height: 4800, width: 4800, channels: 3 }
    for (const image of [floatPicture(9, 9), picture(9, 9, 1), huge]) {
      const p = rescaled(begin(image), 4, 4, true)
      expect(rescaleByKernel(p, p.rescaling!, tableOf('t'), out, 0)).toBe(false)
      expect(lookByKernel(begin(image), tableOf('t'), out, 0)).toBe(false)
    }
    expect(out.every((value) => value === 0)).toBe(true)
  })
})
