import type { Conv2DBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { filterGradientInfo } from '../filter-gradient-info.js'
import type { WasmKernel } from './own-kernels.js'
import { fitAxis } from './fit-axis.js'
import { fromChannelsFirst } from './channels-first.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * The filter's gradient, which the wasm package lacks, as forward convolutions:
 *
 * dW[kh, kw, ci, co] = Σ_{n,oh,ow} x[n, oh·s + kh − p, ow·s + kw − p, ci] · dy[n, oh, ow, co]
 *
 * is a convolution with dy as the filter, the batch as the channels, stride and dilation having changed places.
 * Each input channel would be a small image with kh × kw outputs, which fill XNNPACK's tiles badly. So the channels
 * are stacked into one tall image with a stride of one channel's height, and each row kh of the filter is one
 * convolution of that image seen from kh rows further down: a view, no copy. Beside x and dy it takes one
 * transposed copy of each.
 */
export const conv2dBackpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  compute: ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo }
    return withScratch(backend, (scratch) =>
      filterGradient(scratch, x, dy, attrs as Conv2DBackpropFilterAttrs),
    )
  },
}

const filterGradient = (
  scratch: Scratch,
  x: TensorInfo,
  dy: TensorInfo,
  attrs: Conv2DBackpropFilterAttrs,
): TensorInfo => {
  const { filterShape } = attrs
  const info = filterGradientInfo(x, attrs)
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, inHeight, inWidth } = info
  // Rows of the padded x that one row of the filter meets, and that all of them meet; then columns.
  const reach = (outHeight - 1) * strideHeight + 1
  const height = reach + filterHeight - 1
  const allColumns = (outWidth - 1) * strideWidth + filterWidth
  const meetsInput = height > padInfo.top && allColumns > padInfo.left
  if (!meetsInput || batchSize * outHeight * outWidth * inChannels * outChannels === 0) {
    return scratch.filled(filterShape, 0)
  }
  const input = info.dataFormat === 'channelsFirst' ? fromChannelsFirst(scratch, x) : x
  const slope = info.dataFormat === 'channelsFirst' ? fromChannelsFirst(scratch, dy) : dy
  const right = allColumns - padInfo.left - inWidth
  const rows = fitAxis(scratch, input, 1, padInfo.top, height - padInfo.top - inHeight)
  const fitted = right < 0 ? fitAxis(scratch, rows, 2, 0, right) : rows
  const width = fitted.shape[2]!

  const tall = scratch.run('Transpose', { x: fitted }, { perm: [3, 1, 2, 0] })
  scratch.free(fitted)
  const filter = scratch.run('Transpose', { x: slope }, { perm: [1, 2, 0, 3] })
  const parts = Array.from({ length: filterHeight }, (_, kh) => {
    const shape = [1, (inChannels - 1) * height + reach, width, batchSize]
    return scratch.run(
      'Conv2D',
      { x: scratch.view(tall, kh * width * batchSize, shape), filter },
      {
        strides: [height, 1],
        dilations: [strideHeight, strideWidth],
        pad: [
          [0, 0],
          [0, 0],
          [padInfo.left, Math.max(right, 0)],
          [0, 0],
        ],
        dataFormat: 'NHWC',
      },
    )
  })
  const stacked = {
    ...scratch.stack(parts),
    shape: [filterHeight, inChannels, filterWidth, outChannels],
  }
  return scratch.run('Transpose', { x: stacked }, { perm: [0, 2, 1, 3] })
}
