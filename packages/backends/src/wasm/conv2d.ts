import { backend_util } from '@tensorflow/tfjs-core'
import type { Conv2DAttrs, FusedConv2DAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { fromChannelsFirst, toChannelsFirst } from './channels-first.js'
import type { WasmKernel } from './own-kernels.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * Forward convolution with its padding worked out here, and in both data formats.
 *
 * The wasm package leaves 'same' padding to XNNPACK, which gets it wrong if the windows do not reach the input's
 * last rows (a 1×1 filter with stride 2), and refuses channels-first.
 */
export const conv2d: WasmKernel = {
  kernelName: 'Conv2D',
  compute: ({ inputs, attrs, backend }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo }
    return withScratch(backend, (scratch) => convolve(scratch, x, filter, attrs as Conv2DAttrs))
  },
}

const convolve = (
  scratch: Scratch,
  x: TensorInfo,
  filter: TensorInfo,
  attrs: Conv2DAttrs,
): TensorInfo => {
  const format = backend_util.convertConv2DDataFormat(attrs.dataFormat)
  if (format === 'channelsFirst') {
    const y = scratch.run(
      'Conv2D',
      { x: fromChannelsFirst(scratch, x), filter },
      explicit(x, filter, attrs),
    )
    return toChannelsFirst(scratch, y)
  }
  return scratch.run('Conv2D', { x, filter }, explicit(x, filter, attrs))
}

/** The same convolution in channels-last, its padding in numbers. */
const explicit = <Attrs extends Conv2DAttrs | FusedConv2DAttrs>(
  x: TensorInfo,
  filter: TensorInfo,
  attrs: Attrs,
): Attrs => {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs
  const { padInfo } = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  )
  return {
    ...attrs,
    dataFormat: 'NHWC',
    dimRoundingMode: 'floor',
    pad: [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ],
  }
}
