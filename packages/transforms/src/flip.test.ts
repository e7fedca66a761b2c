import { createRandom } from '@retable/core/host'
import { describe, expect, test } from 'vitest'
import { horizontalFlip, randomHorizontalFlip } from './index.js'
import { gray, picture, rowsOf } from './testing/picture.js'

describe('flips', () => {
  test('the mirror image, channels in order; twice is the image itself', () => {
    expect(rowsOf(horizontalFlip()(gray([[1, 2, 3], [4, 5, 6]])))).toEqual([[3, 2, 1], [6, 5, 4]]) // prettier-ignore
    const { data } = horizontalFlip()({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 1, width: 2, channels: 3 }) // prettier-ignore
    expect([...data]).toEqual([4, 5, 6, 1, 2, 3])
    expect(horizontalFlip()(horizontalFlip()(picture(5, 7)))).toEqual(picture(5, 7))
  })

  test('flips with probability p, exactly where the draw is below it', () => {
    for (const p of [0, 0.3, 1]) {
      let flipped = 0
      for (let i = 0; i < 4000; i++) {
        const made = randomHorizontalFlip({ p })(gray([[0, 1]]), createRandom(i))
        expect(made.data[0]).toBe(createRandom(i).uniform() < p ? 1 : 0)
        flipped += made.data[0]!
      }
      expect(Math.abs(flipped / 4000 - p)).toBeLessThanOrEqual(
        3.3 * Math.sqrt((p * (1 - p)) / 4000),
      )
    }
  })

  test('errors: a p that is no probability', () => {
    for (const p of [-0.1, 1.1, NaN]) {
      expect(() => randomHorizontalFlip({ p })).toThrow('a probability p from 0 to 1')
    }
  })
})
