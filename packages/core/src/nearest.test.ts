import { expect, test } from 'vitest'
import { nearestNames, unknownName } from './nearest.js'

const known = ['vgg-table1', 'vgg-table3', 'alexnet-cifar10', 'vgg-cifar10'] as const

test('the nearest come first, by edit distance, without regard to case', () => {
  // vgg-tabel3 → vgg-table3 takes two edits, → vgg-table1 three.
  expect(nearestNames('vgg-tabel3', known)).toEqual(['vgg-table3', 'vgg-table1'])
  expect(nearestNames('VGG-TABLE1', known)[0]).toBe('vgg-table1')
  expect(nearestNames('alexnet-cifar', known)[0]).toBe('alexnet-cifar10')
})

test('what is nothing like it is not offered, and no more than asked for', () => {
  expect(nearestNames('resnet', ['vgg-cifar10', 'alexnet-cifar10'])).toEqual([])
  expect(nearestNames('vgg-table2', known, 1)).toEqual(['vgg-table1'])
  expect(nearestNames('x', [])).toEqual([])
})

test('the error offers the nearest names, or lists all if none is near', () => {
  const near = unknownName('reproduction', 'vgg-tabel3', known)
  expect(near).toMatchObject({
    name: 'RetableError',
    code: 'unknown-name',
    message: 'unknown reproduction "vgg-tabel3"; did you mean "vgg-table3" or "vgg-table1"?',
  })
  expect(unknownName('backend', 'cuda-device', ['cpu', 'wasm']).message).toBe(
    'unknown backend "cuda-device"; known: cpu, wasm',
  )
})
