import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { packPrediction, unpackPrediction } from './pack-prediction.js'
import type { Prediction } from './prediction.js'

const prediction: Prediction = {
  count: 2,
  classes: 2,
  posteriors: Float32Array.from([0.75, 0.25, 1, 0]),
  losses: Float32Array.from([0.5, 120]),
  labels: Int32Array.from([0, 1]),
  indices: Uint32Array.from([3, 9]),
}

test('goes into tensors and comes back', async () => {
  expect(await unpackPrediction(packPrediction(prediction))).toEqual(prediction)
})

test('without losses they come from the posteriors', async () => {
  const { losses: saved, ...tensors } = packPrediction(prediction)
  saved!.dispose()
  const { losses } = await unpackPrediction(tensors)
  expect(losses[0]).toBe(Math.fround(-Math.log(0.75)))
  expect(losses[1]).toBe(Infinity)
})

test('what does not fit together is refused', async () => {
  const tensors = packPrediction(prediction)
  const { posteriors, losses, indices } = tensors
  const rest = { posteriors: posteriors!, losses: losses!, indices: indices! }
  await expect(unpackPrediction(rest)).rejects.toThrow('found posteriors, losses, indices')
  await expect(unpackPrediction({ ...tensors, labels: tf.zeros([3]) })).rejects.toThrow(
    'labels [3]',
  )
  for (const label of [2, -1, 0.5]) {
    const { losses: _, ...bare } = tensors
    await expect(unpackPrediction({ ...bare, labels: tf.tensor([0, label]) })).rejects.toThrow(
      `the label of row 1 is ${label}, expected an integer from 0 to 1`,
    )
  }
})
