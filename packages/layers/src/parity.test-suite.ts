/// <reference types="vite/client" />
import type { JsonObject, Params } from '@retable/core'
import { disposeParams, registerGradients } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { layerFromSpec } from './index.js'

interface Packed {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** What tools/fixtures/layers.py writes for each case. */
interface Fixture {
  readonly name: string
  readonly layer: string
  readonly options: JsonObject
  readonly input: Packed
  readonly params: Readonly<Record<string, Packed>>
  readonly output: Packed
  readonly cotangent: Packed
  readonly inputGrad: Packed
  readonly paramGrads: Readonly<Record<string, Packed>>
}

/** The files of fixtures by their names. */
const files = Object.entries(
  import.meta.glob<{ readonly cases: readonly Fixture[] }>('../fixtures/*.json', { eager: true }),
).map(([path, { cases }]) => [/([^/]+)\.json$/.exec(path)![1]!, cases] as const)

const unpack = ({ shape, values }: Packed) => tf.tensor([...values], [...shape], 'float32')

/** The largest difference, as a share of the largest expected value (or of 0.1, where all are smaller). */
const largestError = async (found: tf.Tensor, expected: Packed): Promise<number> => {
  expect(found.shape).toEqual(expected.shape)
  const values = await found.data()
  const scale = Math.max(...expected.values.map(Math.abs), 0.1)
  return Math.max(...expected.values.map((value, i) => Math.abs(value - values[i]!))) / scale
}

/**
 * The layers' outputs and gradients against PyTorch's, on the backend of that name, which the caller has registered.
 * `tolerance` is the largest difference allowed, as a share of the largest value; 10⁻⁵ is float32 on a CPU.
 */
export const layerParity = (backendName: string, tolerance = 1e-5): void => {
  describe.each(files)(`PyTorch's %s on ${backendName}`, (_file, fixtures) => {
    beforeAll(async () => {
      expect(await tf.setBackend(backendName)).toBe(true)
      await tf.ready()
      registerGradients()
    })

    test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
      '%s',
      async (_name, fixture) => {
        const layer = layerFromSpec({ kind: fixture.layer, name: 'layer', ...fixture.options })
        const x = unpack(fixture.input)
        const roles = Object.keys(fixture.params)
        const weights: Params = Object.fromEntries(
          roles.map((role) => [`layer/${role}`, unpack(fixture.params[role]!)]),
        )
        expect(layer.outputShape(fixture.input.shape.slice(1))).toEqual(
          fixture.output.shape.slice(1),
        )

        const y = layer.apply(weights, x, { training: false })
        expect(await largestError(y, fixture.output)).toBeLessThan(tolerance)

        const cotangent = unpack(fixture.cotangent)
        const [dx, ...dParams] = tf.grads((input: tf.Tensor, ...values: tf.Tensor[]) => {
          const tree = Object.fromEntries(roles.map((role, i) => [`layer/${role}`, values[i]!]))
          return tf.sum(tf.mul(layer.apply(tree, input, { training: true }), cotangent))
        })([x, ...Object.values(weights)])
        expect(await largestError(dx!, fixture.inputGrad)).toBeLessThan(tolerance)
        for (const [i, role] of roles.entries()) {
          expect(await largestError(dParams[i]!, fixture.paramGrads[role]!)).toBeLessThan(tolerance)
        }
        for (const value of [x, y, cotangent, dx!, ...dParams]) value.dispose()
        disposeParams(weights)
      },
    )
  })
}
