import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { packState, unpackState, type TrainingState } from './training-state.js'

const state = (): TrainingState => ({
  step: 3,
  stepsPerEpoch: 2,
  settled: true,
  params: { 'conv/kernel': tf.zeros([2]) },
  optimizer: { step: 3, slots: { m: { 'conv/kernel': tf.ones([2]) } } },
  plateau: null,
  earlyStopping: null,
  curve: [{ step: 2, trainLoss: 1.5 }],
  sums: { images: 4, loss: 2.5, wrong: 0 },
  sinceCheck: { images: 4, loss: 2.5, wrong: 0 },
  lastCheck: null,
})

test('packs into named tensors and JSON, and back', () => {
  const before = state()
  const packed = packState(before)
  expect(Object.keys(packed.tensors)).toEqual(['params/conv/kernel', 'optimizer/m/conv/kernel'])
  const json = JSON.parse(JSON.stringify(packed.json)) as typeof packed.json
  const back = unpackState({ tensors: packed.tensors, json })
  expect(back).toEqual(before)
  expect(back.params['conv/kernel']).toBe(before.params['conv/kernel'])
})

test('what does not fit together is refused', () => {
  const { tensors, json } = packState(state())
  expect(() => unpackState({ tensors: { ...tensors, other: tf.zeros([1]) }, json })).toThrow(
    'the saved state has an unexpected tensor "other"',
  )
  const { 'optimizer/m/conv/kernel': slot, ...rest } = tensors
  expect(() => unpackState({ tensors: rest, json })).toThrow(
    'the saved optimizer state "m" has no entry "conv/kernel"',
  )
  expect(() =>
    unpackState({ tensors: { ...rest, 'optimizer/v/conv/kernel': slot! }, json }),
  ).toThrow('unexpected tensor "optimizer/v/conv/kernel"')
})
