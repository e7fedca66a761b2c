import { backend_util } from '@tensorflow/tfjs-core'
import type { MaxPoolGradAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { fitAxis } from './fit-axis.js'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { batchToSpace, spaceToBatch } from './space-to-batch.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * The max-pool's gradient by whole-tensor kernels (the wasm package's own is a plain loop over windows).
 *
 * The windows are walked place by place, in the order in which ties are settled: at place t, r is what no earlier
 * place took of dy, s = step(y − x_t) tells where x_t is less than the maximum, r · s is what remains, and r − r · s
 * goes to x_t. The image is taken apart by the stride first, so that each place is one slice.
 */
export const maxPoolGrad: WasmKernel = {
  kernelName: 'MaxPoolGrad',
  compute: (call) => {
    const { dy, input, output } = call.inputs as Record<'dy' | 'input' | 'output', TensorInfo>
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as MaxPoolGradAttrs
    const shape = input.shape as [number, number, number, number]
    const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
    const floats = [dy, input, output].every(({ dtype }) => dtype === 'float32')
    const empty = [...input.shape, ...dy.shape].includes(0)
    if (!floats || empty) return ownKernel('MaxPoolGrad')(call as never)
    return withScratch(call.backend, (scratch) => gradient(scratch, dy, input, output, info))
  },
}

/** Less than any value of a float, and no infinity, whose differences would be NaN. */
const lowest = -3.4e38

const gradient = (
  scratch: Scratch,
  dy: TensorInfo,
  x: TensorInfo,
  y: TensorInfo,
  info: backend_util.Conv2DInfo,
): TensorInfo => {
  const { batchSize, inChannels, filterHeight, filterWidth, padInfo } = info
  const { strideHeight, strideWidth, outHeight, outWidth } = info
  const rows = outHeight + Math.floor((filterHeight - 1) / strideHeight)
  const columns = outWidth + Math.floor((filterWidth - 1) / strideWidth)
  const below = rows * strideHeight - padInfo.top - info.inHeight
  const right = columns * strideWidth - padInfo.left - info.inWidth
  const tall = fitAxis(scratch, x, 1, padInfo.top, below, lowest)
  const fitted = fitAxis(scratch, tall, 2, padInfo.left, right, lowest)
  if (tall !== fitted) scratch.free(tall)
  const taken = spaceToBatch(scratch, fitted, [strideHeight, strideWidth])
  const phaseShape = [batchSize, rows, columns, inChannels]
  const phaseSize = phaseShape.reduce((a, b) => a * b)
  const whole = rows === outHeight && columns === outWidth

  const gathered: (TensorInfo | undefined)[] = Array.from({ length: strideHeight * strideWidth })
  let left = dy
  for (let kh = 0; kh < filterHeight; kh++) {
    for (let kw = 0; kw < filterWidth; kw++) {
      const phase = (kw % strideWidth) * strideHeight + (kh % strideHeight)
      const [row, column] = [Math.floor(kh / strideHeight), Math.floor(kw / strideWidth)]
      const view = scratch.view(taken, phase * phaseSize, phaseShape)
      const place = whole ? view : scratch.slice(view, [0, row, column, 0], y.shape)
      const gap = scratch.run('Sub', { a: y, b: place })
      const step = scratch.run('Step', { x: gap }, { alpha: 0 })
      const remains = scratch.run('Multiply', { a: left, b: step })
      const given = scratch.run('Sub', { a: left, b: remains })
      for (const done of [place, gap, step, left]) scratch.free(done)
      left = remains
      gathered[phase] = add(
        scratch,
        gathered[phase],
        spread(scratch, given, [row, column], [rows, columns]),
      )
    }
  }
  const phases = gathered.map((phase) => phase ?? scratch.filled(phaseShape, 0))
  const padded = batchToSpace(scratch, phases, [strideHeight, strideWidth])
  return fitAxis(
    scratch,
    fitAxis(scratch, padded, 1, -padInfo.top, -below),
    2,
    -padInfo.left,
    -right,
  )
}

/** Puts what the windows give to one of their places where it belongs in its phase. */
const spread = (
  scratch: Scratch,
  given: TensorInfo,
  [row, column]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): TensorInfo => {
  const [, height, width] = given.shape as [number, number, number, number]
  if (height === rows && width === columns) return given
  const paddings = [
    [0, 0],
    [row, rows - height - row],
    [column, columns - width - column],
    [0, 0],
  ]
  const out = scratch.run('PadV2', { x: given }, { paddings, constantValue: 0 })
  scratch.free(given)
  return out
}

const add = (scratch: Scratch, sum: TensorInfo | undefined, part: TensorInfo): TensorInfo => {
  if (!sum) return part
  const out = scratch.run('Add', { a: sum, b: part })
  scratch.free(sum)
  scratch.free(part)
  return out
}
