import type { Layer, Shape } from '@retable/layers'

/** The shapes of an example before each layer and after the last; throws if an example does not fit. */
export const shapesThrough = (layers: readonly Layer[], input: Shape): readonly Shape[] =>
  layers.reduce<readonly Shape[]>(
    (shapes, layer) => [...shapes, layer.outputShape(shapes.at(-1)!)],
    [input],
  )
