/**
 * The shapes and textures of the synthetic set. Both are functions of a point, free of transcendental functions, so
 * that every engine draws the same bytes.
 */

/** How deep (x, y) lies inside the shape, in units of its radius; negative outside. */
export type Depth = (x: number, y: number) => number

/** 0 or 1: which of the shape's two colors the point (u, v) has, u and v in units of the texture's period. */
export type Texture = (u: number, v: number) => 0 | 1

const SIN60 = 0.8660254037844386

/**
 * A pentagram: a point is in it when it lies inside at least four of its five lines, so the second smallest distance
 * counts. The lines' unit normals are (0, 1) and, mirrored in pairs, at 72° and 144° from it.
 */
const star: Depth = (x, y) => {
  const up = 0.36 - y
  const a = 0.9510565162951535 * x
  const b = 0.30901699437494745 * y
  const c = 0.5877852522924731 * x
  const d = -0.8090169943749475 * y
  const upper = a < 0 ? -a : a
  const lower = c < 0 ? -c : c
  const upperNear = 0.36 - (upper + b)
  const upperFar = 0.36 - (b - upper)
  const lowerNear = 0.36 - (lower + d)
  const lowerFar = 0.36 - (d - lower)
  const least = Math.min(upperNear, lowerNear)
  const second = Math.min(
    Math.max(upperNear, lowerNear),
    upperNear < lowerNear ? upperFar : lowerFar,
  )
  return up < least ? least : Math.min(up, second)
}

export const shapes: readonly (readonly [string, Depth])[] = [
  ['disc', (x, y) => 0.85 - Math.sqrt(x * x + y * y)],
  ['square', (x, y) => 0.75 - Math.max(Math.abs(x), Math.abs(y))],
  ['triangle', (x, y) => 0.5 - Math.max(-y, SIN60 * x + 0.5 * y, -SIN60 * x + 0.5 * y)],
  ['star', star],
  ['ring', (x, y) => 0.25 - Math.abs(Math.sqrt(x * x + y * y) - 0.7)],
  [
    'cross',
    (x, y) => {
      const a = Math.abs(x)
      const b = Math.abs(y)
      return Math.max(Math.min(0.95 - a, 0.3 - b), Math.min(0.3 - a, 0.95 - b))
    },
  ],
  [
    'crescent',
    (x, y) => {
      const dx = x - 0.45
      return Math.min(0.9 - Math.sqrt(x * x + y * y), Math.sqrt(dx * dx + y * y) - 0.65)
    },
  ],
  ['bar', (x, y) => Math.min(1 - Math.abs(x), 0.32 - Math.abs(y))],
]

const half = (t: number): 0 | 1 => (t - Math.floor(t) < 0.5 ? 0 : 1)

export const textures: readonly (readonly [string, Texture])[] = [
  ['plain', () => 0],
  ['striped', (u) => half(u)],
  ['checked', (u, v) => (half(u) === half(v) ? 0 : 1)],
  [
    'dotted',
    (u, v) => {
      const a = u - Math.floor(u) - 0.5
      const b = v - Math.floor(v) - 0.5
      return a * a + b * b < 0.11 ? 1 : 0
    },
  ],
  ['banded', (u, v) => half(Math.sqrt(u * u + v * v))],
]

/**
 * The classes in order, as [shape, texture]: round r pairs each shape with the texture r places on, so that the first
 * ten classes have five shapes and five textures, each in two classes; adding classes never changes those before.
 */
export const classPairs: readonly (readonly [number, number])[] = [
  ...[0, 1].flatMap((r) => [0, 1, 2, 3, 4].map((s) => [s, (s + r) % 5] as const)),
  ...[0, 1].flatMap((r) => [5, 6, 7].map((s) => [s, (s + r) % 5] as const)),
  ...[2, 3, 4].flatMap((r) => shapes.map((_, s) => [s, (s + r) % 5] as const)),
]

export const className = (k: number): string => {
  const [shape, texture] = classPairs[k]!
  return `${textures[texture]![0]} ${shapes[shape]![0]}`
}
