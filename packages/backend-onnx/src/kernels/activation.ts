import type { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'

/** The activation of a fused kernel. */
export const activate = (
  l: Lowering,
  x: Sym,
  activation: backend_util.Activation | null | undefined,
  prelu: Sym | null,
  leakyreluAlpha: number | undefined,
): Sym => {
  const apply = (emit: (ref: string) => string, keepsZeros = false): Sym =>
    l.elementwise([x], x.shape, 'float32', (ref) => emit(ref), keepsZeros)
  switch (activation) {
    case null:
    case undefined:
    case 'linear':
      return x
    case 'relu':
      return apply((ref) => l.op('Relu', [ref]), true)
    case 'relu6':
      return apply((ref) => l.op('Clip', [ref, l.float(0), l.float(6)]))
    case 'elu':
      return apply((ref) => l.op('Elu', [ref]))
    case 'sigmoid':
      return apply((ref) => l.op('Sigmoid', [ref]))
    case 'leakyrelu':
      return apply((ref) => l.op('LeakyRelu', [ref], { alpha: { float: leakyreluAlpha ?? 0.2 } }))
    case 'prelu':
      return l.elementwise([x, prelu!], x.shape, 'float32', (ref, alpha) =>
        l.op('Where', [l.op('Less', [ref, l.float(0)]), l.op('Mul', [ref, alpha]), ref]),
      )
    default:
      return activation satisfies never
  }
}
