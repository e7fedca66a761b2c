import { backend_util } from '@tensorflow/tfjs-core'
import type { Conv2DBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core'

/** tfjs-core's reading of the convolution whose filter's gradient is asked for. */
export const filterGradientInfo = (
  x: TensorInfo,
  { strides, pad, dimRoundingMode, filterShape, dataFormat }: Conv2DBackpropFilterAttrs,
): backend_util.Conv2DInfo =>
  backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  )
