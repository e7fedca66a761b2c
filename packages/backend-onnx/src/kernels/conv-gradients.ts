import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { oihw, type Sym } from '../graph/symbol.js'
import { sameShape, type Operand } from '../graph/types.js'
import {
  convInfo,
  convSteps,
  depthwiseFilter,
  leftover,
  onnxPads,
  smallConvolution,
  type ConvAttrs,
} from './conv.js'
import { nchwOf, nhwcOf } from './axes.js'
import { blockedConvolution, suitsBlocks } from './blocked.js'
import { areSmall } from './columns.js'
import { filterGradient } from './filter-gradient.js'
import { all, kernel, type Kernel } from './kernel.js'
import { suitsWinograd, winograd } from './winograd.js'

interface InputAttrs extends ConvAttrs {
  readonly inputShape: number[]
}

interface FilterAttrs extends ConvAttrs {
  readonly filterShape: number[]
}

/** The filter's places from last to first, [kh·kw, I·O]. */
const backwards = (l: Lowering, filter: Sym): string => {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number]
  const places = l.reshape(l.plain(filter), [height * width, inputs * outputs])
  return l.op('Slice', [places, l.ints([-1]), l.ints([-(2 ** 31)]), l.ints([0]), l.ints([-1])])
}

/** dL/dx of stride 1: a convolution of dy with the filter turned by half a circle, its inputs and outputs exchanged. */
const turnedConvolution = (
  l: Lowering,
  dy: Sym,
  filter: Sym,
  info: backend_util.Conv2DInfo,
  pads: readonly [number, number, number, number],
): Sym => {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number]
  const out = { ...info, outHeight: info.inHeight, outWidth: info.inWidth }
  if (suitsWinograd(l, out, pads)) {
    const { outHeight, outWidth, batchSize } = info
    const layout = nhwcOf(info)
    const image = { ref: l.as(dy, layout), height: outHeight, width: outWidth, channels: outputs }
    return l.sym(winograd(l, image, filter, batchSize, true), info.inShape, 'float32', layout)
  }
  if (suitsBlocks(l, info, outputs, inputs)) {
    const turned = { filter, places: backwards(l, filter), turned: true }
    return blockedConvolution(l, dy, turned, { bias: null, info, strides: [1, 1], pads })
  }
  if (areSmall(l, out)) {
    const places = l.reshape(backwards(l, filter), [height * width, inputs, outputs])
    const turned = l.op('Transpose', [places], { perm: [0, 2, 1] })
    const layout = nhwcOf(info)
    const { outHeight, outWidth } = info
    const image = { ref: l.as(dy, layout), height: outHeight, width: outWidth, channels: outputs }
    const dx = smallConvolution(l, image, turned, null, out, inputs, pads)
    return l.sym(dx, info.inShape, 'float32', layout)
  }
  const kernels = l.op('Transpose', [backwards(l, filter)], { perm: [1, 0] })
  const turned = l.reshape(kernels, [inputs, outputs, height, width])
  const layout = nchwOf(info)
  const dx = l.op('Conv', [l.as(dy, layout), turned], { ...convSteps(info), pads: [...pads] })
  return l.sym(dx, info.inShape, 'float32', layout)
}

/** dL/dx: of stride 1 the convolution above, else the transposed convolution of dy with the filter as it is. */
const inputGradient = (
  l: Lowering,
  dy: Sym,
  filter: Sym,
  info: backend_util.Conv2DInfo,
  depthwise: boolean,
): Sym => {
  const layout = nchwOf(info)
  const { effectiveFilterHeight, effectiveFilterWidth, padInfo } = info
  const top = effectiveFilterHeight - 1 - padInfo.top
  const left = effectiveFilterWidth - 1 - padInfo.left
  const bottom = info.inHeight + effectiveFilterHeight - 1 - info.outHeight - top
  const right = info.inWidth + effectiveFilterWidth - 1 - info.outWidth - left
  const pads = [top, left, bottom, right] as const
  const stays = info.strideHeight === 1 && info.strideWidth === 1 && !depthwise
  if (stays && Math.min(...pads) >= 0) return turnedConvolution(l, dy, filter, info, pads)
  const weights = depthwise ? depthwiseFilter(l, filter) : l.as(filter, oihw)
  const dx = l.op('ConvTranspose', [l.as(dy, layout), weights], {
    ...convSteps(info),
    output_padding: leftover(info),
    ...(depthwise ? { group: info.inChannels } : {}),
  })
  return l.sym(dx, info.inShape, 'float32', layout)
}

/**
 * For each place (i, j) of the filter, the pixels of x it met, as [N, outHeight, outWidth, C]: x shifted and, if
 * the convolution strides, thinned.
 */
const shifts = (l: Lowering, x: Sym, info: backend_util.Conv2DInfo): string[] => {
  const { strideHeight: sh, strideWidth: sw, outHeight, outWidth } = info
  const [top, left, bottom, right] = onnxPads(info)
  const image = l.as(x, nhwcOf(info))
  const padded =
    top + left + bottom + right === 0
      ? image
      : l.op('Pad', [image, l.ints([0, top, left, 0, 0, bottom, right, 0])])
  const found: string[] = []
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      const y = i * info.dilationHeight
      const z = j * info.dilationWidth
      const ends = [y + (outHeight - 1) * sh + 1, z + (outWidth - 1) * sw + 1]
      found.push(
        l.op('Slice', [padded, l.ints([y, z]), l.ints(ends), l.ints([1, 2]), l.ints([sh, sw])]),
      )
    }
  }
  return found
}

/** dL/dW if each channel has its own filters: products summed over images, rows and columns. */
const depthwiseFilterGradient = (
  l: Lowering,
  x: Sym,
  dy: Sym,
  info: backend_util.Conv2DInfo,
  shape: readonly number[],
): Sym => {
  const { batchSize, outHeight, outWidth, inChannels } = info
  const split = [batchSize, outHeight, outWidth, inChannels]
  const d = l.reshape(l.as(dy, nhwcOf(info)), [...split, info.outChannels / inChannels])
  const parts = shifts(l, x, info).map((shift) =>
    l.op('ReduceSum', [l.op('Mul', [l.reshape(shift, [...split, 1]), d]), l.ints([0, 1, 2])], {
      keepdims: 0,
    }),
  )
  return l.sym(l.reshape(l.op('Concat', parts, { axis: 0 }), shape), shape, 'float32')
}

/** The gradients of convolutions. */
export const convGradientKernels: readonly Kernel[] = [
  kernel<InputAttrs>({
    name: 'Conv2DBackpropInput',
    inputs: ['dy', 'filter'],
    infer: ([dy, filter], attrs): Operand | null => {
      const { inShape, outShape } = convInfo(attrs.inputShape, filter!.shape, attrs)
      return all('float32', dy, filter) && sameShape(dy!.shape, outShape)
        ? { shape: inShape, dtype: 'float32' }
        : null
    },
    lower: (l, [dy, filter], attrs) =>
      inputGradient(l, dy!, filter!, convInfo(attrs.inputShape, filter!.shape, attrs), false),
  }),
  kernel<FilterAttrs>({
    name: 'Conv2DBackpropFilter',
    inputs: ['x', 'dy'],
    infer: ([x, dy], attrs): Operand | null => {
      const { filterShape, outShape } = convInfo(x!.shape, attrs.filterShape, attrs)
      return all('float32', x, dy) && sameShape(dy!.shape, outShape)
        ? { shape: filterShape, dtype: 'float32' }
        : null
    },
    lower: (l, [x, dy], attrs, { shape }) =>
      filterGradient(l, x!, dy!, convInfo(x!.shape, attrs.filterShape, attrs), shape),
  }),
  kernel<InputAttrs>({
    name: 'DepthwiseConv2dNativeBackpropInput',
    inputs: ['dy', 'filter'],
    infer: ([dy, filter], attrs): Operand | null => {
      const { inShape, outShape } = convInfo(attrs.inputShape, filter!.shape, attrs, true)
      return all('float32', dy, filter) && sameShape(dy!.shape, outShape)
        ? { shape: inShape, dtype: 'float32' }
        : null
    },
    lower: (l, [dy, filter], attrs) =>
      inputGradient(l, dy!, filter!, convInfo(attrs.inputShape, filter!.shape, attrs, true), true),
  }),
  kernel<FilterAttrs>({
    name: 'DepthwiseConv2dNativeBackpropFilter',
    inputs: ['x', 'dy'],
    infer: ([x, dy], attrs): Operand | null => {
      const { filterShape, outShape } = convInfo(x!.shape, attrs.filterShape, attrs, true)
      return all('float32', x, dy) && sameShape(dy!.shape, outShape)
        ? { shape: filterShape, dtype: 'float32' }
        : null
    },
    lower: (l, [x, dy], attrs, { shape }) =>
      depthwiseFilterGradient(
        l,
        x!,
        dy!,
        convInfo(x!.shape, attrs.filterShape, attrs, true),
        shape,
      ),
  }),
]
