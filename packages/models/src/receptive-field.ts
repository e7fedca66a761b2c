import type { LayerSpec } from './layer-spec.js'
import type { Model } from './model.js'
import { shapesThrough } from './shapes-through.js'

/** What one unit of a layer sees of the image, in pixels along one side. */
export interface ReceptiveFieldRow {
  readonly layer: string
  readonly kind: LayerSpec['kind']
  /** side of the square of pixels that one unit sees */
  readonly size: number
  /** pixels between the squares of neighbouring units */
  readonly stride: number
  /** first pixel that the first unit sees; negative where its square begins in the padding */
  readonly start: number
}

/** A layer's window along one side; undefined where every unit sees only its own place. */
const windowOf = (
  spec: LayerSpec,
  input: number,
): { readonly size: number; readonly stride: number; readonly padding: number } | undefined => {
  switch (spec.kind) {
    case 'conv2d':
      return { size: spec.kernelSize, stride: spec.stride, padding: spec.padding }
    case 'locallyConnected2d':
      return { size: spec.kernelSize, stride: 1, padding: spec.padding }
    case 'maxPool':
    case 'avgPool': {
      // 'same' puts the smaller half of its padding above.
      const output = Math.ceil(input / spec.stride)
      const total = Math.max(0, (output - 1) * spec.stride + spec.size - input)
      const padding = spec.padding === 'same' ? Math.floor(total / 2) : 0
      return { size: spec.size, stride: spec.stride, padding }
    }
    case 'adaptiveAvgPool':
      return { size: Math.ceil(input / spec.size), stride: input / spec.size, padding: 0 }
    case 'flatten':
      // The FC layer that follows sees the whole map.
      return { size: input, stride: 1, padding: 0 }
    case 'relu':
    case 'tanh':
    case 'dropout':
    case 'localResponseNorm':
    case 'dense':
      return undefined
    default:
      return spec satisfies never
  }
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
  const shapes = shapesThrough(model.layers, model.inputShape)
  let field = { size: 1, stride: 1, start: 0 }
  return model.specs.map((spec, i) => {
    const window = windowOf(spec, shapes[i]![0]!)
    if (window) {
      field = {
        size: field.size + (window.size - 1) * field.stride,
        stride: field.stride * window.stride,
        start: field.start - window.padding * field.stride,
      }
    }
    return { layer: spec.name, kind: spec.kind, ...field }
  })
}
