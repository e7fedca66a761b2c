import type { Operand } from '../graph/types.js'
import { nchw, physical } from '../graph/symbol.js'
import { all, kernel, type Kernel } from './kernel.js'

interface ResizeAttrs {
  readonly size: [number, number]
  readonly alignCorners: boolean
  readonly halfPixelCenters: boolean
}

const resize = (name: string, mode: 'linear' | 'nearest'): Kernel =>
  kernel<ResizeAttrs>({
    name,
    inputs: ['images'],
    infer: ([x], { size, halfPixelCenters }): Operand | null => {
      if (!all('float32', x) || (mode === 'nearest' && halfPixelCenters)) return null
      return { shape: [x!.shape[0]!, ...size, x!.shape[3]!], dtype: 'float32' }
    },
    lower: (l, [x], { alignCorners, halfPixelCenters }, { shape }) => {
      const coordinates = halfPixelCenters
        ? 'half_pixel'
        : alignCorners
          ? 'align_corners'
          : 'asymmetric'
      const rounding = alignCorners ? 'round_prefer_ceil' : 'floor'
      const sizes = l.ints(physical(shape, nchw))
      const ref = l.op('Resize', [l.as(x!, nchw), '', '', sizes], {
        mode,
        coordinate_transformation_mode: coordinates,
        ...(mode === 'nearest' ? { nearest_mode: rounding } : {}),
      })
      return l.sym(ref, shape, 'float32', nchw)
    },
  })

/** Images made larger or smaller. */
export const imageKernels: readonly Kernel[] = [
  resize('ResizeBilinear', 'linear'),
  resize('ResizeNearestNeighbor', 'nearest'),
]
