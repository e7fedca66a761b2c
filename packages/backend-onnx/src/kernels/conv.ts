import { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import { oihw, type Sym } from '../graph/symbol.js'
import type { Operand } from '../graph/types.js'
import { activate } from './activation.js'
import { nchwOf, nhwcOf } from './axes.js'
import { blockedConvolution, suitsBlocks } from './blocked.js'
import { areSmall, columnsOf, type Image, type Pads } from './columns.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'
import { suitsWinograd, winograd } from './winograd.js'

/** The attributes that tfjs's convolutions share. */
export interface ConvAttrs {
  readonly strides: [number, number] | number
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding
  readonly dataFormat?: 'NHWC' | 'NCHW'
  readonly dilations?: [number, number] | number
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** tfjs-core's own reading of a convolution. */
export const convInfo = (
  inShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
): backend_util.Conv2DInfo =>
  backend_util.computeConv2DInfo(
    mutable(inShape) as [number, number, number, number],
    mutable(filterShape) as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(attrs.dataFormat ?? 'NHWC'),
  )

type Window = Pick<
  backend_util.Conv2DInfo,
  | 'inHeight'
  | 'inWidth'
  | 'outHeight'
  | 'outWidth'
  | 'strideHeight'
  | 'strideWidth'
  | 'effectiveFilterHeight'
  | 'effectiveFilterWidth'
  | 'padInfo'
>

/** ONNX's pads: what each side needs for the output that tfjs expects, whatever its rounding. */
export const onnxPads = (w: Window): [number, number, number, number] => {
  const { top, left } = w.padInfo
  const bottom = (w.outHeight - 1) * w.strideHeight + w.effectiveFilterHeight - w.inHeight - top
  const right = (w.outWidth - 1) * w.strideWidth + w.effectiveFilterWidth - w.inWidth - left
  return [top, left, Math.max(0, bottom), Math.max(0, right)]
}

/** The rows and columns that the windows leave over: ConvTranspose needs their number. */
export const leftover = (w: Window): [number, number] => {
  const [top, left, bottom, right] = onnxPads(w)
  return [
    w.inHeight + top + bottom - (w.outHeight - 1) * w.strideHeight - w.effectiveFilterHeight,
    w.inWidth + left + right - (w.outWidth - 1) * w.strideWidth - w.effectiveFilterWidth,
  ]
}

/** Strides and dilations as ONNX attributes. */
export const convSteps = (
  info: backend_util.Conv2DInfo,
): { strides: number[]; dilations: number[]; pads: number[] } => ({
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: onnxPads(info),
})

/** The filter of a depthwise convolution, [kh, kw, channels, multiplier], as ONNX takes it: one group per channel. */
export const depthwiseFilter = (l: Lowering, filter: Sym): string => {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number]
  return l.reshape(l.as(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width])
}

/** Images of a convolution's input. */
export const imageOf = (l: Lowering, x: Sym, info: backend_util.Conv2DInfo): Image => ({
  ref: l.as(x, nhwcOf(info)),
  height: info.inHeight,
  width: info.inWidth,
  channels: info.inChannels,
})

/** [N, outHeight, outWidth, O] of small maps: what each window holds times the filter as [kh·kw·I, O]. */
export const smallConvolution = (
  l: Lowering,
  image: Image,
  filter: string,
  bias: string | null,
  out: Parameters<typeof columnsOf>[2],
  outChannels: number,
  pads: Pads,
): string => {
  const matrix = l.reshape(filter, [
    out.filterHeight * out.filterWidth * image.channels,
    outChannels,
  ])
  const product = l.op('Gemm', [
    columnsOf(l, image, out, pads),
    matrix,
    ...(bias === null ? [] : [bias]),
  ])
  return l.reshape(product, [out.batchSize, out.outHeight, out.outWidth, outChannels])
}

const convolve = (
  l: Lowering,
  x: Sym,
  filter: Sym,
  bias: Sym | null,
  info: backend_util.Conv2DInfo,
  depthwise: boolean,
): Sym => {
  const layout = nchwOf(info)
  // A constant filter is best left to ONNX Runtime, which reorders it once for its blocked kernels.
  const ownWay = !depthwise && !filter.isConstant
  if (ownWay && suitsWinograd(l, info, onnxPads(info))) {
    const product = winograd(l, imageOf(l, x, info), filter, info.batchSize, false)
    const y = bias ? l.op('Add', [product, l.plain(bias)]) : product
    return l.sym(y, info.outShape, 'float32', nhwcOf(info))
  }
  if (ownWay && suitsBlocks(l, info, info.inChannels, info.outChannels)) {
    const { shape } = filter
    const places = l.reshape(l.plain(filter), [shape[0]! * shape[1]!, shape[2]! * shape[3]!])
    return blockedConvolution(
      l,
      x,
      { filter, places, turned: false },
      {
        ...{ info, pads: onnxPads(info), bias: bias && l.plain(bias) },
        strides: [info.strideHeight, info.strideWidth],
      },
    )
  }
  if (ownWay && areSmall(l, info)) {
    const image = imageOf(l, x, info)
    const b = bias && l.plain(bias)
    const y = smallConvolution(l, image, l.plain(filter), b, info, info.outChannels, onnxPads(info))
    return l.sym(y, info.outShape, 'float32', nhwcOf(info))
  }
  const inputs = [l.as(x, layout), depthwise ? depthwiseFilter(l, filter) : l.as(filter, oihw)]
  if (bias !== null) inputs.push(l.plain(bias))
  const group = depthwise ? { group: info.inChannels } : {}
  return l.sym(
    l.op('Conv', inputs, { ...convSteps(info), ...group }),
    info.outShape,
    'float32',
    layout,
  )
}

interface FusedAttrs extends ConvAttrs {
  readonly activation: backend_util.Activation
  readonly leakyreluAlpha?: number
}

const convKernel = (name: string, depthwise: boolean): Kernel =>
  kernel<ConvAttrs>({
    name,
    inputs: ['x', 'filter'],
    infer: ([x, filter], attrs) => {
      const { outShape } = convInfo(x!.shape, filter!.shape, attrs, depthwise)
      return all('float32', x, filter) ? { shape: outShape, dtype: 'float32' } : null
    },
    lower: (l, [x, filter], attrs) =>
      convolve(
        l,
        x!,
        filter!,
        null,
        convInfo(x!.shape, filter!.shape, attrs, depthwise),
        depthwise,
      ),
  })

const fusedKernel = (name: string, depthwise: boolean): Kernel =>
  kernel<FusedAttrs>({
    name,
    inputs: ['x', 'filter', 'bias?', 'preluActivationWeights?'],
    infer: ([x, filter, bias, prelu], attrs): Operand | null => {
      const { outShape } = convInfo(x!.shape, filter!.shape, attrs, depthwise)
      return all('float32', x, filter, bias, prelu) ? { shape: outShape, dtype: 'float32' } : null
    },
    lower: (l, [x, filter, bias, prelu], attrs, { shape }) => {
      const info = convInfo(x!.shape, filter!.shape, attrs, depthwise)
      const inConv = bias?.rank === 1 && bias.shape[0] === info.outChannels
      const y = convolve(l, x!, filter!, inConv ? bias : null, info, depthwise)
      const perChannel = (v: Sym): Sym =>
        info.dataFormat === 'channelsFirst' && v.rank === 1 && v.shape[0] !== 1
          ? l.view(v, [v.shape[0]!, 1, 1])
          : v
      const sum =
        bias && !inConv
          ? l.elementwise([y, perChannel(bias)], shape, 'float32', (a, b) => l.op('Add', [a, b]))
          : y
      return activate(
        l,
        sum,
        attrs.activation,
        prelu ? perChannel(prelu) : null,
        attrs.leakyreluAlpha,
      )
    },
  })

/** Convolutions, forward. */
export const convKernels: readonly Kernel[] = [
  convKernel('Conv2D', false),
  convKernel('DepthwiseConv2dNative', true),
  fusedKernel('FusedConv2D', false),
  fusedKernel('FusedDepthwiseConv2D', true),
]
