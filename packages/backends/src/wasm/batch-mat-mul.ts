import { util } from '@tensorflow/tfjs-core'
import type { BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ownKernel } from './own-kernels.js'
import type { WasmKernel } from './own-kernels.js'
import { withScratch } from './scratch.js'
import type { Scratch } from './scratch.js'

/**
 * Matrix products with transposed factors, which dense layers need for their gradients: the wasm package's own
 * kernel leaves them to a plain loop at a twentieth of XNNPACK's speed. Here the smaller matrices are transposed
 * first. Whole numbers go through float32, which holds them exactly up to 2²⁴.
 */
export const batchMatMul: WasmKernel = {
  kernelName: 'BatchMatMul',
  compute: (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo }
    const { transposeA, transposeB } = call.attrs as BatchMatMulAttrs
    if (a.dtype !== 'float32' || b.dtype !== 'float32') {
      return withScratch(call.backend, (scratch) =>
        integers(scratch, a, b, { transposeA, transposeB }),
      )
    }
    const single = [a, b].every(({ shape }) => util.sizeFromShape(shape.slice(0, -2)) === 1)
    const empty = util.sizeFromShape(a.shape) * util.sizeFromShape(b.shape) === 0
    if (!single || empty || !(transposeA || transposeB)) {
      return ownKernel('BatchMatMul')(call as never)
    }
    return withScratch(call.backend, (scratch) => {
      const product = multiply(scratch, matrix(a), matrix(b), transposeA, transposeB)
      const rank = Math.max(a.shape.length, b.shape.length)
      return {
        ...product,
        shape: [...Array.from<number>({ length: rank - 2 }).fill(1), ...product.shape],
      }
    })
  },
}

const matrix = (x: TensorInfo): TensorInfo => ({ ...x, shape: x.shape.slice(-2) })

const multiply = (
  scratch: Scratch,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo => {
  const [m, k] = (transposeA ? [a.shape[1]!, a.shape[0]!] : a.shape) as [number, number]
  const n = transposeB ? b.shape[0]! : b.shape[1]!
  // A·Bᵀ either with B transposed, or as (B·Aᵀ)ᵀ: whichever moves less.
  const turned = (transposeA ? 0 : m * k) + m * n
  const plain = (transposeA ? m * k : 0) + (transposeB ? n * k : 0)
  if (transposeB && turned < plain) {
    const right = transposeA ? a : transpose(scratch, a)
    return transpose(scratch, product(scratch, b, right))
  }
  return product(
    scratch,
    transposeA ? transpose(scratch, a) : a,
    transposeB ? transpose(scratch, b) : b,
  )
}

const product = (scratch: Scratch, a: TensorInfo, b: TensorInfo): TensorInfo => {
  const out = scratch.run('BatchMatMul', { a, b }, { transposeA: false, transposeB: false })
  return { ...out, shape: [a.shape[0]!, b.shape[1]!] }
}

const transpose = (scratch: Scratch, x: TensorInfo): TensorInfo =>
  scratch.run('Transpose', { x }, { perm: [1, 0] })

const integers = (
  scratch: Scratch,
  a: TensorInfo,
  b: TensorInfo,
  attrs: BatchMatMulAttrs,
): TensorInfo => {
  const [left, right] = [a, b].map((x) =>
    x.dtype === 'float32' ? x : scratch.run('Cast', { x }, { dtype: 'float32' }),
  )
  const out = scratch.run('BatchMatMul', { a: left!, b: right! }, attrs)
  const float = a.dtype === 'float32' || b.dtype === 'float32'
  return float ? out : scratch.run('Cast', { x: out }, { dtype: 'int32' })
}
