import * as tf from '@tensorflow/tfjs-core'
import type { Conv2DBackpropFilterAttrs, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core'
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { filterGradientInfo } from '../filter-gradient-info.js'

type Shape4 = [number, number, number, number]

/** Distances between neighbors in memory. */
interface Steps {
  readonly image: number
  readonly row: number
  readonly column: number
  readonly channel: number
}

const stepsOf = ([, a, b, c]: Shape4, channelsLast: boolean): Steps =>
  channelsLast
    ? { image: a * b * c, row: b * c, column: c, channel: 1 }
    : { image: a * b * c, row: c, column: 1, channel: b * c }

/**
 * The filter's gradient:
 *
 * dW[kh, kw, ci, co] = Σ_{n,oh,ow} x[n, oh·s + kh − p, ow·s + kw − p, ci] · dy[n, oh, ow, co]
 *
 * tfjs's own kernel takes each sum by itself, and finds each factor through a buffer's `get`. This one adds up all sums
 * of one (kh, kw) side by side, each in double precision and in the same order: it gives the same bits.
 */
const conv2dBackpropFilter = (
  x: TensorInfo,
  dy: TensorInfo,
  attrs: Conv2DBackpropFilterAttrs,
  backend: MathBackendCPU,
): TensorInfo => {
  const { filterShape } = attrs
  const info = filterGradientInfo(x, attrs)
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info
  const channelsLast = info.dataFormat === 'channelsLast'
  const xs = stepsOf(x.shape as Shape4, channelsLast)
  const ds = stepsOf(dy.shape as Shape4, channelsLast)
  const xValues = backend.readSync(x.dataId) as tf.TypedArray
  const dyValues = backend.readSync(dy.dataId) as tf.TypedArray
  const gradient = new Float32Array(tf.util.sizeFromShape(filterShape))
  const sums = new Float64Array(inChannels * outChannels)

  for (let kh = 0; kh < filterHeight; kh++) {
    const firstRow = Math.max(0, Math.ceil((padInfo.top - kh) / strideHeight))
    const endRow = Math.min(outHeight, (inHeight + padInfo.top - kh) / strideHeight)
    for (let kw = 0; kw < filterWidth; kw++) {
      const firstColumn = Math.max(0, Math.ceil((padInfo.left - kw) / strideWidth))
      const endColumn = Math.min(outWidth, (inWidth + padInfo.left - kw) / strideWidth)
      sums.fill(0)
      for (let n = 0; n < batchSize; n++) {
        for (let oh = firstRow; oh < endRow; oh++) {
          const xRow = n * xs.image + (oh * strideHeight + kh - padInfo.top) * xs.row
          for (let ow = firstColumn; ow < endColumn; ow++) {
            const xAt = xRow + (ow * strideWidth + kw - padInfo.left) * xs.column
            const dyAt = n * ds.image + oh * ds.row + ow * ds.column
            for (let ci = 0; ci < inChannels; ci++) {
              const value = xValues[xAt + ci * xs.channel]!
              const sum = ci * outChannels
              for (let co = 0; co < outChannels; co++) {
                sums[sum + co]! += value * dyValues[dyAt + co * ds.channel]!
              }
            }
          }
        }
      }
      gradient.set(sums, (kh * filterWidth + kw) * sums.length)
    }
  }
  return backend.makeTensorInfo(filterShape, 'float32', gradient)
}

let registered = false

/** Registers the filter's gradient for the cpu backend in place of tfjs's own; once. The package must be loaded. */
export const registerFilterGradient = (): void => {
  if (registered) return
  registered = true
  tf.unregisterKernel('Conv2DBackpropFilter', 'cpu')
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'cpu',
    kernelFunc: (({ inputs, attrs, backend }) =>
      conv2dBackpropFilter(
        inputs['x']!,
        inputs['dy']!,
        attrs as unknown as Conv2DBackpropFilterAttrs,
        backend as MathBackendCPU,
      )) satisfies KernelFunc,
  })
}
