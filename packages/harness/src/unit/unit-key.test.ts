import { expect, test } from 'vitest'
import { defineUnit, type UnitRequest } from './unit.js'
import { sha256Hex } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import { sha256OfJson } from './canonical-json.js'
import { unitKey } from './unit-key.js'

const kind = (name: string, version = 1) =>
  defineUnit<JsonObject>({ kind: name, version, run: () => ({ metrics: {} }) })

const train = kind('train')
const key = (request: UnitRequest<JsonObject>) => unitKey(train(request))

test('a key is the SHA-256 of the canonical JSON of kind, version, config, seed and needs', () => {
  const text = '{"config":{"a":1,"b":[true,null]},"kind":"train","needs":{},"seed":3,"version":1}'
  expect(key({ config: { b: [true, null], a: 1 }, seed: 3 })).toBe(sha256Hex(text))
})

test('order of keys, absent values, label and cost do not count', () => {
  const one = key({ config: { a: 1, b: 2 }, seed: 1 })
  expect(key({ config: { b: 2, a: 1 }, seed: 1 })).toBe(one)
  expect(key({ config: { b: 2, a: 1, c: undefined }, seed: 1, label: 'x', cost: 9 })).toBe(one)
})

test('everything that decides a result counts', () => {
  const keys = [
    key({ config: { a: 1 } }),
    key({ config: { a: 1 }, seed: 0 }),
    key({ config: { a: 1 }, seed: 1 }),
    key({ config: { a: '1' } }),
    key({ config: { a: 1 }, needs: { net: train({ config: {} }) } }),
    key({ config: { a: 1 }, needs: { other: train({ config: {} }) } }),
    key({ config: { a: 1 }, needs: { net: train({ config: {}, seed: 2 }) } }),
    unitKey(kind('train', 2)({ config: { a: 1 } })),
    unitKey(kind('evaluate')({ config: { a: 1 } })),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('what JSON cannot hold is refused with its place', () => {
  const refused: [unknown, string][] = [
    [{ a: { b: NaN } }, 'config of unit "train".a.b is NaN'],
    [{ a: [1, Infinity] }, '.a[1] is Infinity'],
    [{ a: () => 1 }, '.a is a function'],
    [{ a: new Date(0) }, '.a is a Date'],
    [{ a: new Float32Array(1) }, '.a is a Float32Array'],
    [{ a: new Map() }, '.a is a Map'],
    [{ a: [undefined] }, 'hole'],
    [{ a: 1n }, '.a is a bigint'],
  ]
  for (const [config, sentence] of refused) {
    expect(() => key({ config: config as JsonObject })).toThrow(sentence)
  }
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  expect(() => key({ config: cycle as JsonObject })).toThrow('.self is a cycle')
  const shared = { x: 1 }
  expect(key({ config: { a: shared, b: shared } })).toHaveLength(64)
})

test('canonical JSON is RFC 8785’s', () => {
  // Numbers as ECMAScript writes them, keys by UTF-16 code units, no white space.
  expect(sha256OfJson({ '\u20ac': 1e21, a: 0.1, A: -0 })).toBe(
    sha256Hex('{"A":0,"a":0.1,"€":1e+21}'),
  )
})
