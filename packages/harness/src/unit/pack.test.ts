import type { JsonObject } from '@retable/core/host'
import { expect, test } from 'vitest'
import { packUnit, unitDefinitions, unpackUnit } from './pack.js'
import { unitKey } from './unit-key.js'
import { defineUnit } from './unit.js'

const run = () => ({ metrics: {} })
const train = defineUnit<JsonObject>({ kind: 'train', version: 2, run })
const evaluate = defineUnit<JsonObject>({ kind: 'evaluate', version: 1, run })
const definitions = unitDefinitions([train, evaluate])

const net = train({ config: { name: 'A', size: [1, 2] }, seed: 3, label: 'net', cost: 2.5 })
const unit = evaluate({
  config: { views: 10, unset: undefined },
  needs: { net, constructor: net, ['__proto__']: net },
  label: 'evaluation',
})

test('a unit comes back from JSON with the same key, and so does what it needs', () => {
  const sent: unknown = JSON.parse(JSON.stringify(packUnit(unit)))
  const back = unpackUnit(sent, definitions)
  expect(unitKey(back)).toBe(unitKey(unit))
  expect(back).toMatchObject({ label: 'evaluation', cost: 1, seed: null })
  expect(back.definition).toBe(evaluate.definition)
  expect(Object.keys(back.needs)).toEqual(['net', 'constructor', '__proto__'])
  expect(back.needs['net']).toEqual(net)
  expect(JSON.parse(JSON.stringify(packUnit(back)))).toEqual(sent)
})

test('a kind or version that is not known here is refused by name', () => {
  const packed = packUnit(net)
  expect(() => unpackUnit(packed, unitDefinitions([evaluate]))).toThrow('"train"')
  const older = defineUnit<JsonObject>({ kind: 'train', version: 1, run })
  expect(() => unpackUnit(packed, unitDefinitions([older]))).toThrow(
    'unit kind "train" has version 1 here, expected 2',
  )
  expect(() => unitDefinitions([train, older])).toThrow('two unit definitions are called "train"')
  expect(unitDefinitions([train, train]).size).toBe(1)
})

test.each<[string, unknown]>([
  ['it is null', null],
  ['it is [1]', [1]],
  ['kind is missing', {}],
  ['config is 3', { ...packUnit(net), config: 3 }],
  ['seed is 1.5', { ...packUnit(net), seed: 1.5 }],
  ['cost is 0', { ...packUnit(net), cost: 0 }],
  ['needs is []', { ...packUnit(net), needs: [] }],
  ['needs.net is "net"', { ...packUnit(net), needs: { net: 'net' } }],
])('what is no packed unit is refused: %s', (sentence, json) => {
  expect(() => unpackUnit(json, definitions)).toThrow(`no packed unit: ${sentence}, expected`)
})
