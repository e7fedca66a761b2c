import type { LRNAttrs, LRNGradAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * Local response normalization, b = a · s^(−β) with s = k + α Σ a² over 2·depthRadius + 1 maps, by whole-tensor
 * kernels (the wasm package's own raises each element to a power).
 *
 * The maps are padded with depthRadius zeros on both sides, so that a window's neighbors are views of the same
 * memory, shifted; and s^0.75 is √s · √√s. Exponents but 0.5, 0.75 and 1 are left to the package's own.
 */
export const lrn: WasmKernel = {
  kernelName: 'LRN',
  compute: (call) => {
    const { x } = call.inputs as { x: TensorInfo }
    const attrs = call.attrs as LRNAttrs
    if (!suits(x, attrs)) return ownKernel('LRN')(call as never)
    return withScratch(call.backend, (scratch) => {
      const { image, power } = normalizer(scratch, x, attrs)
      return unpad(scratch, scratch.run('RealDiv', { a: image, b: power }), x, attrs.depthRadius)
    })
  },
}

/** Its gradient, dy · s^(−β) − 2αβ · a · Σ dy · b / s. */
export const lrnGrad: WasmKernel = {
  kernelName: 'LRNGrad',
  compute: (call) => {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo }
    const attrs = call.attrs as LRNGradAttrs
    if (!suits(x, attrs)) return ownKernel('LRNGrad')(call as never)
    return withScratch(call.backend, (scratch) => gradient(scratch, x, dy, attrs))
  },
}

/** The power of s by the numbers that it is raised to; each takes some square roots and products. */
const powers: Readonly<Record<number, (scratch: Scratch, s: TensorInfo) => TensorInfo>> = {
  0.5: (scratch, s) => scratch.run('Sqrt', { x: s }),
  0.75: (scratch, s) => {
    const root = scratch.run('Sqrt', { x: s })
    const fourth = scratch.run('Sqrt', { x: root })
    const power = scratch.run('Multiply', { a: root, b: fourth })
    scratch.free(root)
    scratch.free(fourth)
    return power
  },
  1: (_scratch, s) => s,
}

/** Between the rows lie zeros, where s is the bias: it must be some way from zero there. */
const suits = (x: TensorInfo, { depthRadius, bias, alpha, beta }: LRNAttrs): boolean =>
  x.dtype === 'float32' &&
  beta in powers &&
  bias >= 1e-3 &&
  alpha >= 0 &&
  depthRadius <= 8 &&
  depthRadius < x.shape[3]! &&
  !x.shape.includes(0)

/** `image` and `power` = s^β, both padded and flat, one beside the other. */
const normalizer = (
  scratch: Scratch,
  x: TensorInfo,
  { depthRadius, bias, alpha, beta }: LRNAttrs,
): { image: TensorInfo; s: TensorInfo; power: TensorInfo } => {
  const padded = pad(scratch, x, depthRadius)
  const squares = scratch.run('Square', { x: padded })
  const s = scratch.axpb(windows(scratch, squares, depthRadius), alpha, bias)
  scratch.free(squares)
  const image = scratch.view(padded, depthRadius, s.shape)
  return { image, s, power: powers[beta]!(scratch, s) }
}

const gradient = (
  scratch: Scratch,
  x: TensorInfo,
  dy: TensorInfo,
  attrs: LRNGradAttrs,
): TensorInfo => {
  const { depthRadius, alpha, beta } = attrs
  const { image, s, power } = normalizer(scratch, x, attrs)
  const slope = scratch.view(pad(scratch, dy, depthRadius), depthRadius, s.shape)
  const direct = scratch.run('RealDiv', { a: slope, b: power })
  const weighted = scratch.run('Multiply', { a: direct, b: image })
  const share = scratch.run('RealDiv', { a: weighted, b: s })
  scratch.free(weighted)
  scratch.free(s)
  scratch.free(power)
  const shares = windows(scratch, pad(scratch, share, depthRadius), depthRadius)
  const scaled = scratch.axpb(shares, 2 * alpha * beta, 0)
  const indirect = scratch.run('Multiply', { a: scaled, b: image })
  scratch.free(scaled)
  return unpad(scratch, scratch.run('Sub', { a: direct, b: indirect }), x, depthRadius)
}

/** Zeros before and after the last axis, all of it in one row. */
const pad = (scratch: Scratch, x: TensorInfo, radius: number): TensorInfo => {
  const channels = x.shape.at(-1)!
  const rows = x.shape.reduce((a, b) => a * b) / channels
  const paddings = [
    [0, 0],
    [radius, radius],
  ]
  const out = scratch.run(
    'PadV2',
    { x: { ...x, shape: [rows, channels] } },
    { paddings, constantValue: 0 },
  )
  return { ...out, shape: [rows * (channels + 2 * radius)] }
}

/** The sum of each window of 2·radius + 1 neighbors of a flat tensor, which is 2·radius shorter. */
const windows = (scratch: Scratch, x: TensorInfo, radius: number): TensorInfo => {
  const length = x.shape[0]! - 2 * radius
  let sum = scratch.view(x, 0, [length])
  for (let shift = 1; shift <= 2 * radius; shift++) {
    const next = scratch.run('Add', { a: sum, b: scratch.view(x, shift, [length]) })
    scratch.free(sum)
    sum = next
  }
  return sum
}

/** What lies between the zeros, in the shape of `like`. */
const unpad = (scratch: Scratch, x: TensorInfo, like: TensorInfo, radius: number): TensorInfo =>
  scratch.gather(x, { run: like.shape[3]!, stride: like.shape[3]! + 2 * radius }, like.shape)
