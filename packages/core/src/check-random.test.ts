import { expect, test } from 'vitest'
import { checkRandom, createRandom, type Random } from './index.js'

test('a stream is handed back', () => {
  const random = createRandom(1)
  expect(checkRandom('init', random)).toBe(random)
})

test.each([
  [7, 'init draws from a stream of random numbers, such as createRandom(7), found 7'],
  ['run', 'such as createRandom("run"), found run'],
  [undefined, 'such as createRandom(1), found undefined'],
  [Math.random, 'such as createRandom(1)'],
])('%s is none', (random, message) => {
  expect(() => checkRandom('init', random as unknown as Random)).toThrow(message)
})

test('fills take a Float32Array and finite numbers', () => {
  const random = createRandom(1)
  expect(() => random.fillUniform([0, 0] as unknown as Float32Array)).toThrow(
    'random.fillUniform takes a Float32Array and two finite numbers, found Array, 0, 1',
  )
  expect(() => random.fillNormal(new Float32Array(2), 0, Number.NaN)).toThrow(
    'Float32Array, 0, NaN',
  )
  expect(() => random.fillNormal(undefined as unknown as Float32Array)).toThrow('found undefined')
})
