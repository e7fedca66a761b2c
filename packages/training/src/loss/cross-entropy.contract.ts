import { registerGradients } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { softmaxCrossEntropy } from './softmax-cross-entropy.js'

/** PyTorch's values; the others are in fixtures/cross-entropy.json, which is compared on cpu. */
const cases = [
  {
    what: 'a class ruled out by -Infinity',
    logits: [[1, -Infinity, 3]],
    labels: [2],
    labelSmoothing: 0,
    loss: 0.12692804634571075,
    grad: [0.119202912, 0, -0.119202971],
  },
  {
    what: 'one such row of two',
    logits: [
      [0.5, -Infinity, 2],
      [1, 2, 3],
    ],
    labels: [0, 1],
    labelSmoothing: 0,
    loss: 1.5545096397399902,
    grad: [-0.408787251, 0, 0.408787221, 0.0450152904, -0.377635747, 0.332620502],
  },
  {
    what: 'label smoothing',
    logits: [[1, 2, 4]],
    labels: [1],
    labelSmoothing: 0.1,
    loss: 2.1365127563476562,
    grad: [0.0086767301, -0.819138169, 0.810461342],
  },
] as const

/** The loss at logits and options that backends may take differently, on the backend that `prepare` sets. */
export const describeCrossEntropy = (prepare: () => Promise<unknown>): void => {
  describe('softmaxCrossEntropy', () => {
    beforeAll(async () => {
      await prepare()
      registerGradients()
    })

    test.each(cases)('$what', async ({ logits, labels, labelSmoothing, loss, grad }) => {
      const x = tf.tensor2d(logits.map((row) => [...row]))
      const found = tf.valueAndGrad((given: tf.Tensor) =>
        softmaxCrossEntropy(given as tf.Tensor2D, [...labels], { labelSmoothing }),
      )(x)
      expect((await found.value.data())[0]).toBeCloseTo(loss, 5)
      const values = [...(await found.grad.data())]
      grad.forEach((g, i) => expect(values[i]).toBeCloseTo(g, 5))
      for (const tensor of [x, found.value, found.grad]) tensor.dispose()
    })
  })
}
