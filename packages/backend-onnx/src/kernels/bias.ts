import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import type { Operand } from '../graph/types.js'

/**
 * A bias added to a convolution or matrix product that nothing else uses goes into its node, so that ONNX Runtime can
 * fuse the activation as well. Null where the sum is anything else.
 */
export const withBias = (l: Lowering, a: Sym, b: Sym, out: Operand): Sym | null => {
  const channels = out.shape[out.shape.length - 1]
  if (a.origin?.once !== true || b.rank !== 1 || b.shape[0] !== channels) return null
  if (a.rank !== out.shape.length || a.forms.length !== 1) return null
  const { ref, layout } = a.forms[0]!
  const made = l.builder.producer(ref)
  if (made === undefined || made.inputs.length !== 2) return null
  const isConv = made.op === 'Conv' && layout[1] === out.shape.length - 1
  const isProduct = made.op === 'Gemm' && a.rank === 2 && layout[1] === 1
  if (!isConv && !isProduct) return null
  const fused = l.op(made.op, [...made.inputs, l.plain(b)], made.attributes)
  return l.sym(fused, out.shape, 'float32', layout)
}
