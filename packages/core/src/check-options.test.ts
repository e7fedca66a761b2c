import { expect, test } from 'vitest'
import { checkOptions, isRetableError } from './index.js'

interface Options {
  readonly strides?: number
  readonly padding: number
}

const check = (options: unknown) =>
  checkOptions('conv2d', options as Options, { strides: true, padding: true })

test('known options pass, also those left undefined', () => {
  check({ strides: undefined, padding: 1 })
  check({})
})

test.each([
  [{ stride: 2 }, 'conv2d has no option "stride"; did you mean strides?'],
  [{ zzzzzzzzzz: 2 }, 'conv2d has no option "zzzzzzzzzz"; its options are strides, padding'],
  [{ toString: 1 }, 'conv2d has no option "toString"'],
  [undefined, 'conv2d takes its options as an object, found undefined'],
  [null, 'found null'],
  [3, 'found 3'],
])('%j is refused', (options, message) => {
  expect(() => check(options)).toThrow(message)
  try {
    check(options)
  } catch (error) {
    expect(isRetableError(error) && error.code).toBe('invalid-argument')
  }
})
