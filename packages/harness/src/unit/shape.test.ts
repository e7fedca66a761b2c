import { expect, test } from 'vitest'
import {
  listOf,
  messageOf,
  number,
  objectOf,
  optional,
  readMessage,
  recordOf,
  shapeFaultOf,
  text,
  whole,
} from './shape.js'

interface Net {
  readonly name: string
  readonly depth?: number
}
const net = objectOf<Net>({ name: text, depth: optional(whole) })

type Message =
  | { readonly type: 'net'; readonly net: Net }
  | { readonly type: 'seeds'; readonly seeds: readonly number[] }
const message = messageOf<Message>({ net: { net }, seeds: { seeds: listOf(whole) } })

test('the first place that is not of the shape is named, with what was found and expected', () => {
  expect(shapeFaultOf(net, { name: 'A' })).toBeUndefined()
  expect(shapeFaultOf(net, { name: 'A', depth: 11, later: true })).toBeUndefined()
  expect(shapeFaultOf(net, {})).toBe('name is missing, expected text')
  expect(shapeFaultOf(net, { name: 'A', depth: 1.5 })).toBe('depth is 1.5, expected a whole number')
  expect(shapeFaultOf(net, 3)).toBe('it is 3, expected an object')
  expect(shapeFaultOf(net, ['A'])).toBe('it is ["A"], expected an object')
})

test('a record is looked into under every name', () => {
  const rates = recordOf(recordOf(number))
  expect(shapeFaultOf(rates, { a: { b: 1 }, c: {} })).toBeUndefined()
  expect(shapeFaultOf(rates, [])).toBe('it is [], expected an object')
  expect(shapeFaultOf(rates, { a: { b: 'x' } })).toBe('a.b is "x", expected a number')
  for (const name of ['constructor', '__proto__']) {
    const found = JSON.parse(`{ "a": { "${name}": "x" } }`) as object
    expect(shapeFaultOf(rates, found)).toBe(`a.${name} is "x", expected a number`)
  }
})

test('a message is read by its type; one of another version is refused with its sender', () => {
  const sent = { type: 'net', net: { name: 'A' } }
  expect(readMessage(message, sent, 'a page')).toBe(sent)
  expect(() => readMessage(message, { type: 'nets' }, 'a page')).toThrow(
    'a page sent a message that this version does not know: type is "nets", expected one of "net", "seeds"',
  )
  expect(() => readMessage(message, { type: 'net', net: {} }, 'a page')).toThrow(
    'net.name is missing, expected text',
  )
  expect(() => readMessage(message, { type: 'seeds', seeds: [1, '2'] }, 'a page')).toThrow(
    'seeds[1] is "2", expected a whole number',
  )
  expect(() => readMessage(message, null, 'a page')).toThrow('it is null')
})

test('a shape that differs from its type does not compile', () => {
  // @ts-expect-error a field is missing
  objectOf<Net>({ name: text })
  // @ts-expect-error a field that may be absent is not marked so
  objectOf<Net>({ name: text, depth: whole })
  // @ts-expect-error a field of another type
  objectOf<Net>({ name: number, depth: optional(whole) })
  // @ts-expect-error a field that the type does not have
  objectOf<Net>({ name: text, depth: optional(whole), width: whole })
  // @ts-expect-error a message is missing
  messageOf<Message>({ net: { net } })
  expect(shapeFaultOf(objectOf<Net>({ name: text, depth: optional(whole) }), {})).toBeDefined()
})
