import { RetableError } from '@retable/core/host'
import { expect, test } from 'vitest'
import { DataError } from './data-error.js'
import { packError, unpackError } from './plain-error.js'

test.each([
  new Error('plain'),
  new RetableError('corrupt-data', 'cut short'),
  new DataError('download-failed', 'no network', { set: 'cifar10' }),
])('%s crosses from one process to another', (error) => {
  const message: unknown = JSON.parse(JSON.stringify(packError(error)))
  const told = unpackError(message as ReturnType<typeof packError>)
  expect(told).toEqual(error)
  expect(told.constructor).toBe(error.constructor)
  expect(told.stack).toBe(error.stack)
})
