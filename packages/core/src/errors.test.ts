import { expect, test } from 'vitest'
import { RetableError, isRetableError } from './errors.js'

test('carries a code, a sentence and its cause', () => {
  const cause = new Error('ENOENT')
  const error = new RetableError('not-found', 'data_batch_1.bin is not there', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error.code).toBe('not-found')
  expect(String(error)).toBe('RetableError: data_batch_1.bin is not there')
  expect(error.cause).toBe(cause)
})

test('is distinguished from other values, also when another copy of the package threw it', () => {
  expect(isRetableError(new RetableError('mismatch', 'x'))).toBe(true)
  const foreign = Object.assign(new Error('x'), { name: 'RetableError', code: 'mismatch' })
  expect(isRetableError(foreign)).toBe(true)
  expect(isRetableError(new Error('x'))).toBe(false)
  expect(isRetableError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false)
  expect(isRetableError({ name: 'RetableError', code: 'mismatch' })).toBe(false)
  expect(isRetableError(undefined)).toBe(false)
})
