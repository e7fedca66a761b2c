import type { Params } from '@retable/core'
import { adam, multiStep, sgd } from '@retable/optimizers'
import '@tensorflow/tfjs-backend-cpu'
import type * as tf from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parityNet, parityParams } from '../testing/parity-net.js'
import { fit } from './fit.js'

interface Case {
  rule: 'sgd' | 'adam'
  images: number[]
  labels: number[]
  start: Record<string, number[]>
  losses: number[]
  end: Record<string, number[]>
}
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/trajectories.json', import.meta.url), 'utf8'),
) as Case[]

test.each(cases)(
  '20 updates of a small net with $rule have PyTorch’s losses to 1e-5',
  async (c) => {
    const pixels = 8 * 8 * 2
    const losses: number[] = []
    const rate = c.rule === 'sgd' ? 0.05 : 0.01
    const { params } = await fit({
      model: parityNet,
      params: parityParams(c.start, 8),
      data: (_, { startBatch }) => ({
        async *[Symbol.asyncIterator]() {
          for (let index = startBatch; index < 4; index++) {
            yield {
              index,
              images: Float32Array.from(
                c.images.slice(index * 4 * pixels, (index + 1) * 4 * pixels),
              ),
              labels: Int32Array.from(c.labels.slice(index * 4, index * 4 + 4)),
              indices: Uint32Array.from([0, 1, 2, 3], (i) => index * 4 + i),
              shape: [4, 8, 8, 2] as const,
            }
          }
        },
      }),
      stepsPerEpoch: 4,
      optimizer:
        c.rule === 'sgd' ? sgd({ momentum: 0.9, weightDecay: 5e-4 }) : adam({ weightDecay: 1e-4 }),
      schedule: multiStep({ learningRate: rate, milestones: [8, 15], factor: 0.2 }),
      epochs: 5,
      onStep: ({ loss }) => losses.push(loss),
    })
    expect(losses).toHaveLength(20)
    c.losses.forEach((loss, i) => expect(Math.abs(losses[i]! - loss)).toBeLessThan(1e-5))
    expect(worst(params, c.end)).toBeLessThan(1e-5)
    const mean = (from: number) => c.losses.slice(from, from + 4).reduce((a, b) => a + b) / 4
    expect(mean(16)).toBeLessThan(0.6 * mean(0))
  },
)

const worst = (params: Params, end: Record<string, number[]>): number =>
  Math.max(
    ...Object.entries(end).flatMap(([name, values]) => {
      const found = (params[name] as tf.Tensor).dataSync()
      return values.map((value, i) => Math.abs(found[i]! - value))
    }),
  )
