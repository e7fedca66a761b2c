import { defineUnit } from '@retable/harness'
import type { UnitFactory } from '@retable/harness'
import { vgg } from '@retable/models'
import type { SummaryRow, VggVariant } from '@retable/models'

/** A type, not an interface: configs are plain JSON. */
type CountConfig = { readonly variant: VggVariant }
type StageConfig = { readonly variant: VggVariant; readonly stage: number | null }

/** Counts a configuration's parameters from the net itself. Metrics: `parameters`, `millions`. */
export const countVgg: UnitFactory<CountConfig> = defineUnit<CountConfig>({
  kind: 'count-vgg',
  version: 1,
  exact: true,
  run: ({ config }) => {
    const parameters = vgg(config.variant).parameterCount
    return { metrics: { parameters, millions: parameters / 1e6 } }
  },
})

const isConvolution = (row: SummaryRow) => row.kind === 'conv2d'

/**
 * Counts one pooling stage of a configuration (`conv3`, `conv1`, `width`), or without a stage the whole net's
 * `weightLayers`, from the layers that `vgg` builds.
 */
export const countVggStage: UnitFactory<StageConfig> = defineUnit<StageConfig>({
  kind: 'count-vgg-stage',
  version: 1,
  exact: true,
  run: ({ config: { variant, stage } }) => {
    const model = vgg(variant)
    const { rows } = model.summary()
    if (stage === null) {
      return { metrics: { weightLayers: rows.filter((row) => row.parameters > 0).length } }
    }
    const pools = rows.flatMap((row, i) => (row.kind === 'maxPool' ? [i] : []))
    const start = stage === 1 ? 0 : pools[stage - 2]! + 1
    const layers = rows.slice(start, pools[stage - 1]).filter(isConvolution)
    const kernels = model.specs.flatMap((spec) =>
      spec.kind === 'conv2d' && layers.some((row) => row.layer === spec.name)
        ? [spec.kernelSize]
        : [],
    )
    return {
      metrics: {
        conv3: kernels.filter((size) => size === 3).length,
        conv1: kernels.filter((size) => size === 1).length,
        width: layers.at(-1)!.outputShape.at(-1)!,
      },
    }
  },
})
