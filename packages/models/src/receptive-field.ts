import { checkModel } from './check-options.js'
import type { Model } from './model.js'
import { shapesThrough } from './shapes-through.js'

/** What one unit of a layer sees of the image, in pixels along one side. */
export interface ReceptiveFieldRow {
  /** The layer's name. */
  readonly layer: string
  /** `conv2d`; `custom` for a layer of your own */
  readonly kind: string
  /** side of the square of pixels that one unit sees */
  readonly size: number
  /** pixels between the squares of neighboring units */
  readonly stride: number
  /** first pixel that the first unit sees; negative if its square begins in the padding */
  readonly start: number
}

/**
 * What one unit of each layer sees of the image: size, stride (jump) and start along the image's height.
 *
 * size ← size + (k − 1)·stride, start ← start − padding·stride, stride ← stride·s, from size 1, stride 1, start 0.
 * Two stacked 3×3 layers see 5 pixels, three see 7 (VGG §2.3). From `flatten` on a unit sees the whole last map, as
 * the convolution sees that an FC layer becomes in dense evaluation.
 *
 * @example
 * receptiveField(vgg('D')).find(({ layer }) => layer === 'pool5') // size 212, stride 32, start -90
 */
export const receptiveField = (model: Model): readonly ReceptiveFieldRow[] => {
  checkModel('the argument of receptiveField', model)
  const shapes = shapesThrough(model.layers, model.inputShape)
  let field = { size: 1, stride: 1, start: 0 }
  return model.layers.map((layer, i) => {
    const window = layer.window?.(shapes[i]!)
    if (window) {
      field = {
        size: field.size + (window.size - 1) * field.stride,
        stride: field.stride * window.stride,
        start: field.start - window.padding * field.stride,
      }
    }
    return { layer: layer.name, kind: layer.spec?.kind ?? 'custom', ...field }
  })
}
