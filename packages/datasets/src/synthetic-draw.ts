import type { Random } from '@retable/core/host'
import { classPairs, shapes, textures } from './synthetic-shapes.js'
import type { Depth, Texture } from './synthetic-shapes.js'

type Color = readonly [number, number, number]

/** A color with each channel within `spread` of `center`. */
const color = (random: Random, center: number, spread: number): Color => [
  center + spread * (2 * random.uniform() - 1),
  center + spread * (2 * random.uniform() - 1),
  center + spread * (2 * random.uniform() - 1),
]

/**
 * A random turn as (cos, sin): up to 45° either way at difficulty 0.5, less below; above, any quarter turn may come on
 * top. No sine or cosine, whose last bits differ between engines.
 */
const turned = (random: Random, difficulty: number): readonly [number, number] => {
  const tangent = Math.min(1, 2 * difficulty) * (2 * random.uniform() - 1)
  const cos = 1 / Math.sqrt(1 + tangent * tangent)
  const sin = tangent * cos
  const quarters = random.uniform() < 2 * difficulty - 1 ? random.int(4) : 0
  if (quarters === 1) return [-sin, cos]
  if (quarters === 2) return [-cos, -sin]
  return quarters === 3 ? [sin, -cos] : [cos, sin]
}

interface Figure {
  readonly depth: Depth
  readonly texture: Texture
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly stretch: number
  readonly turn: readonly [number, number]
  readonly grain: readonly [number, number]
  readonly period: number
  readonly colors: readonly [Color, Color]
}

/** Paints a figure over `canvas`; its coordinates and sizes are in image sides, edges blended over one pixel. */
const paint = (canvas: Float32Array, size: number, figure: Figure): void => {
  const { depth, texture, turn, grain, stretch, colors } = figure
  const radius = figure.radius * size
  const cx = figure.x * size
  const cy = figure.y * size
  const reach = 1.1 * radius * Math.max(stretch, 1 / stretch) + 1
  const grainScale = 1 / (figure.period * size)
  const x1 = Math.min(size - 1, Math.ceil(cx + reach))
  const y1 = Math.min(size - 1, Math.ceil(cy + reach))
  const x0 = Math.max(0, Math.floor(cx - reach))
  for (let y = Math.max(0, Math.floor(cy - reach)); y <= y1; y++) {
    const dy = y + 0.5 - cy
    for (let x = x0; x <= x1; x++) {
      const dx = x + 0.5 - cx
      const px = ((dx * turn[0] + dy * turn[1]) * stretch) / radius
      const py = (dy * turn[0] - dx * turn[1]) / (stretch * radius)
      const cover = depth(px, py) * radius + 0.5
      if (cover <= 0) continue
      const a = cover < 1 ? cover : 1
      const tone =
        texture(
          (dx * grain[0] + dy * grain[1]) * grainScale,
          (dy * grain[0] - dx * grain[1]) * grainScale,
        ) === 0
          ? colors[0]
          : colors[1]
      const at = 3 * (y * size + x)
      canvas[at] = canvas[at]! + a * (tone[0] - canvas[at]!)
      canvas[at + 1] = canvas[at + 1]! + a * (tone[1] - canvas[at + 1]!)
      canvas[at + 2] = canvas[at + 2]! + a * (tone[2] - canvas[at + 2]!)
    }
  }
}

const GRID = 4

/** Bilinear interpolation between the grid's entry `k`, its neighbor on the right and the two below. */
const between = (grid: Float32Array, k: number, fx: number, fy: number): number => {
  const left = grid[k]!
  const top = left + fx * (grid[k + 3]! - left)
  const leftBelow = grid[k + 3 * GRID]!
  return top + fy * (leftBelow + fx * (grid[k + 3 * GRID + 3]! - leftBelow) - top)
}

/** A smooth background: colors on a 4×4 grid around one base color, interpolated bilinearly. */
const paintBackground = (
  canvas: Float32Array,
  size: number,
  base: Color,
  swing: number,
  random: Random,
): void => {
  const grid = new Float32Array(3 * GRID * GRID)
  for (let i = 0; i < grid.length; i++) {
    grid[i] = base[i % 3]! + swing * (random.uniform() - 0.5)
  }
  const step = (GRID - 1) / Math.max(1, size - 1)
  let at = 0
  for (let y = 0; y < size; y++) {
    const gy = Math.min(GRID - 2, Math.floor(y * step))
    const fy = y * step - gy
    for (let x = 0; x < size; x++) {
      const gx = Math.min(GRID - 2, Math.floor(x * step))
      const fx = x * step - gx
      const k = 3 * (gy * GRID + gx)
      canvas[at] = between(grid, k, fx, fy)
      canvas[at + 1] = between(grid, k + 1, fx, fy)
      canvas[at + 2] = between(grid, k + 2, fx, fy)
      at += 3
    }
  }
}

/** Adds noise of standard deviation `sigma` (four bytes of a 32-bit mix summed: nearly normal) and rounds to bytes. */
const develop = (canvas: Float32Array, sigma: number, key: number): Uint8Array => {
  const out = new Uint8Array(canvas.length)
  // The sum of four uniform bytes has variance 4·(256² − 1)/12.
  const scale = sigma / 147.79
  let state = key | 0
  for (let i = 0; i < out.length; i++) {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    z ^= z >>> 16
    const sum = (z & 255) + ((z >>> 8) & 255) + ((z >>> 16) & 255) + (z >>> 24)
    const value = canvas[i]! + scale * (sum - 510) + 0.5
    out[i] = value < 0 ? 0 : value > 255 ? 255 : value
  }
  return out
}

/**
 * One image of class `k`, `size`×`size`×3 bytes; `difficulty` 0 … 1 sets contrast, clutter, noise and how much the shape
 * may turn and wander. `canvas` is scratch space of as many floats.
 */
export const drawSynthetic = (
  k: number,
  size: number,
  difficulty: number,
  random: Random,
  canvas: Float32Array,
): Uint8Array => {
  const spread = 30 + 50 * difficulty
  const contrast = 110 - 60 * difficulty
  paintBackground(canvas, size, color(random, 128, spread), 80 * difficulty, random)
  const figure = (shape: number, texture: number, radius: number, x: number, y: number): Figure => {
    // One color lighter than the background, one darker; which comes first is chance.
    const side = random.uniform() < 0.5 ? -contrast : contrast
    return {
      depth: shapes[shape]![1],
      texture: textures[texture]![1],
      x,
      y,
      radius,
      stretch: 0.85 + 0.3 * random.uniform(),
      turn: turned(random, difficulty),
      grain: turned(random, difficulty),
      period: 0.15 + 0.04 * random.uniform(),
      colors: [color(random, 128 + side, spread), color(random, 128 - side, spread)],
    }
  }
  const fragments = Math.round(8 * difficulty)
  for (let f = 0; f < fragments; f++) {
    const radius = 0.05 + 0.07 * random.uniform()
    const shape = random.int(shapes.length)
    const texture = random.int(textures.length)
    paint(canvas, size, figure(shape, texture, radius, random.uniform(), random.uniform()))
  }
  const [shape, texture] = classPairs[k]!
  const radius = 0.36 - 0.1 * difficulty + 0.1 * random.uniform()
  const x = 0.5 + 0.4 * difficulty * (random.uniform() - 0.5)
  const y = 0.5 + 0.4 * difficulty * (random.uniform() - 0.5)
  paint(canvas, size, figure(shape, texture, radius, x, y))
  return develop(canvas, 30 * difficulty, random.int(0x100000000))
}
