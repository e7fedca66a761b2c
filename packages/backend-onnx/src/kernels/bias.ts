import type { Lowering } from '../graph/lowering.js'
import { isBlocked, isPlain, type Sym } from '../graph/symbol.js'
import type { Operand } from '../graph/types.js'
import { blockedBias } from './blocked.js'

/**
 * A bias added to a convolution or matrix product that nothing else uses goes into its node, so that ONNX Runtime can
 * fuse the activation as well. Null if the sum is anything else.
 */
export const withBias = (l: Lowering, a: Sym, b: Sym, out: Operand): Sym | null => {
  const channels = out.shape[out.shape.length - 1]
  if (a.origin?.once !== true || b.rank !== 1 || b.shape[0] !== channels) return null
  if (a.rank !== out.shape.length || a.forms.length !== 1) return null
  const { ref, layout } = a.forms[0]!
  if (isBlocked(layout, a.rank)) {
    if (layout[1] !== a.rank - 1) return null
    const sum = blockedBias(l, ref, b)
    return sum === null ? null : l.sym(sum, out.shape, 'float32', layout)
  }
  const made = l.builder.producer(ref)
  if (made?.op === 'Conv' && made.inputs.length === 2 && layout[1] === out.shape.length - 1) {
    const sum = l.op('Conv', [...made.inputs, l.plain(b)], made.attributes)
    return l.sym(sum, out.shape, 'float32', layout)
  }
  // A product may have the form of a convolution's maps.
  const product = made?.op === 'Reshape' ? l.builder.producer(made.inputs[0]!) : made
  if (product?.op !== 'Gemm' || product.inputs.length !== 2 || !isPlain(layout)) return null
  const sum = l.op('Gemm', [...product.inputs, l.plain(b)], product.attributes)
  return l.sym(made === product ? sum : l.reshape(sum, out.shape), out.shape, 'float32')
}
