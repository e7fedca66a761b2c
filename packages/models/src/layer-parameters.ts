import { createRandom, disposeParams } from '@retable/core'
import type { Layer, LayerSpec, Shape } from '@retable/layers'

/** A layer's description as its factory gave it; undefined for a layer of your own. */
export const specOf = (layer: Layer): (LayerSpec & { readonly name: string }) | undefined =>
  layer.spec as (LayerSpec & { readonly name: string }) | undefined

/**
 * The shapes of a layer's parameters by role, from its description; of a layer of your own that does not tell them, from
 * parameters that are made once and disposed of.
 */
export const parameterShapesOf = (layer: Layer, input: Shape): Readonly<Record<string, Shape>> => {
  if (layer.parameterShapes) return layer.parameterShapes(input)
  if (layer.spec) return {}
  const made = layer.init(createRandom(0), input)
  const shapes = Object.entries(made).map(([name, { shape }]) => [
    name.slice(`${layer.name}/`.length),
    shape,
  ])
  disposeParams(made)
  return Object.fromEntries(shapes) as Readonly<Record<string, Shape>>
}

/** The number of a layer's parameters. */
export const countParameters = (layer: Layer, input: Shape): number =>
  Object.values(parameterShapesOf(layer, input)).reduce(
    (total, shape) => total + shape.reduce((a, b) => a * b, 1),
    0,
  )
