import { expect, test } from 'vitest'
import { ownValue } from './own-value.js'

test('only what a record has itself counts', () => {
  const record = JSON.parse('{"a": 1, "__proto__": 2}') as Record<string, number>
  expect(ownValue(record, 'a')).toBe(1)
  expect(ownValue(record, '__proto__')).toBe(2)
  expect(ownValue(record, 'constructor')).toBeUndefined()
  expect(ownValue(record, 'toString')).toBeUndefined()
  expect(ownValue(undefined, 'a')).toBeUndefined()
})
