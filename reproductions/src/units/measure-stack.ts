import { defineUnit } from '@retable/harness'
import type { UnitFactory } from '@retable/harness'
import { createModel, receptiveField } from '@retable/models'

type StackConfig = {
  readonly layers: number
  readonly kernelSize: number
  readonly channels: number
}

/**
 * Builds a stack of equal convolutions of C channels and measures what one unit of it sees (`receptiveField`,
 * pixels) and its weights without biases in units of C² (`weightsPerC2`).
 */
export const measureStack: UnitFactory<StackConfig> = defineUnit<StackConfig>({
  kind: 'measure-stack',
  version: 1,
  exact: true,
  run: ({ config: { layers, kernelSize, channels } }) => {
    const convolution = (name: string) =>
      ({
        kind: 'conv2d',
        name,
        filters: channels,
        kernelSize,
        strides: 1,
        padding: (kernelSize - 1) / 2,
        groups: 1,
        kernelInitializer: { kind: 'heNormal' },
        biasInitializer: { kind: 'zeros' },
      }) as const
    const stack = Array.from({ length: layers }, (_, i) => convolution(`conv${i + 1}`))
    const model = createModel({
      name: 'stack',
      classes: channels,
      inputSize: [16, 16],
      // The first layer maps RGB to C channels and is not measured; the pool gives the net its one output a channel.
      layers: [
        { ...convolution('rgb'), kernelSize: 1, padding: 0 },
        ...stack,
        { kind: 'avgPool', name: 'pool', size: 16, stride: 16, padding: 'valid' },
        { kind: 'flatten', name: 'flatten' },
      ],
    })
    const last = receptiveField(model).find((row) => row.layer === `conv${layers}`)!
    const weights = model
      .summary()
      .rows.filter((row) => row.kind === 'conv2d' && row.layer !== 'rgb')
      .reduce((total, row) => total + row.parameters - channels, 0)
    return { metrics: { receptiveField: last.size, weightsPerC2: weights / channels ** 2 } }
  },
})
