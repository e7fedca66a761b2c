import { backend_util } from '@tensorflow/tfjs-core'
import type { Lowering } from '../graph/lowering.js'
import type { Sym } from '../graph/symbol.js'
import { sameShape, type GraphDtype, type Operand } from '../graph/types.js'
import { withBias } from './bias.js'
import { all, kernel, mutable, type Kernel } from './kernel.js'

type Emit = (l: Lowering, a: string, b: string, dtype: GraphDtype) => string

interface Options {
  readonly on: readonly GraphDtype[]
  readonly out?: GraphDtype
  /** whether it makes 0 of two zeros */
  readonly keepsZeros?: boolean
}

const broadcastShape = (a: Operand, b: Operand): number[] =>
  backend_util.assertAndGetBroadcastShape(mutable(a.shape), mutable(b.shape))

/** A kernel of two tensors of one dtype that broadcast against each other. */
const binary = (
  name: string,
  { on, out, keepsZeros = false }: Options,
  emit: Emit | string,
  fused?: (l: Lowering, a: Sym, b: Sym, out: Operand) => Sym | null,
): Kernel =>
  kernel({
    name,
    inputs: ['a', 'b'],
    elementwise: true,
    infer: ([a, b]): Operand | null => {
      const shape = broadcastShape(a!, b!)
      if (a!.dtype !== b!.dtype || !on.includes(a!.dtype as GraphDtype)) return null
      return { shape, dtype: out ?? a!.dtype }
    },
    lower: (l, [a, b], _attrs, result) =>
      fused?.(l, a!, b!, result) ??
      l.elementwise(
        [a!, b!],
        result.shape,
        result.dtype as GraphDtype,
        (x, y) => (typeof emit === 'string' ? l.op(emit, [x, y]) : emit(l, x, y, a!.dtype)),
        keepsZeros,
      ),
  })

/**
 * dy where relu(x) is above 0: tfjs's gradient of relu, dy·step(x). 0 or 1 comes from a slope so steep that the least
 * normal number is above it: one pass, where a comparison and a cast take two slow ones.
 */
const reluGradient = (l: Lowering, a: Sym, b: Sym, out: Operand): Sym | null => {
  for (const [dy, step] of [
    [a, b],
    [b, a],
  ] as const) {
    const { origin } = step
    const x = origin?.inputs[0]
    if (origin?.kernel !== 'Step' || !x || origin.attrs['alpha'] !== 0) continue
    if (!sameShape(dy.shape, x.shape)) continue
    return l.elementwise(
      [dy, x],
      out.shape,
      'float32',
      (d, v) => {
        // Of relu's own result if there is one: then nothing but relu needs x, and it may follow in one node.
        const y = l.builder.find('Relu', [v]) ?? v
        const above = l.op('HardSigmoid', [y], { alpha: { float: 3e38 }, beta: { float: 0 } })
        return l.op('Mul', [d, above])
      },
      true,
    )
  }
  return null
}

const float: Options = { on: ['float32'] }
const numeric: Options = { on: ['float32', 'int32'] }
const linear: Options = { ...numeric, keepsZeros: true }
const comparison: Options = { on: ['float32', 'int32'], out: 'bool' }
const equality: Options = { on: ['float32', 'int32', 'bool'], out: 'bool' }
const logical: Options = { on: ['bool'] }

/**
 * floor(a/b). For int32 in doubles, which hold every quotient exactly enough; an int division by zero would end the
 * process, where tfjs says 0.
 */
const floorDiv: Emit = (l, a, b, dtype) => {
  if (dtype === 'float32') return l.op('Floor', [l.op('Div', [a, b])])
  const wide = (x: string): string => l.op('Cast', [x], { to: 11 })
  const quotient = l.op('Floor', [l.op('Div', [wide(a), wide(b)])])
  const zero = l.op('Equal', [b, l.builder.scalar('int32', 0)])
  return l.op('Cast', [l.op('Where', [zero, l.builder.scalar('double', 0), quotient])], { to: 6 })
}

/** The remainder with the divisor's sign, as tfjs has it: C's remainder, the divisor added if signs differ. */
const mod: Emit = (l, a, b) => {
  const zero = l.float(0)
  const rest = l.op('Mod', [a, b], { fmod: 1 })
  const differ = l.op('Xor', [l.op('Less', [a, zero]), l.op('Less', [b, zero])])
  return l.op('Where', [differ, l.op('Mod', [l.op('Add', [rest, b]), b], { fmod: 1 }), rest])
}

/** The kernels that take two tensors element by element. */
export const binaryKernels: readonly Kernel[] = [
  binary('Add', linear, 'Add', withBias),
  binary('Sub', linear, 'Sub'),
  binary('Multiply', linear, 'Mul', reluGradient),
  binary('RealDiv', float, 'Div'),
  binary('FloorDiv', numeric, floorDiv),
  binary('Mod', float, mod),
  binary('Pow', float, 'Pow'),
  binary('Maximum', numeric, 'Max'),
  binary('Minimum', numeric, 'Min'),
  binary('SquaredDifference', numeric, (l, a, b) => {
    const d = l.op('Sub', [a, b])
    return l.op('Mul', [d, d])
  }),
  binary('BitwiseAnd', { on: ['int32'] }, 'BitwiseAnd'),
  binary('Greater', comparison, 'Greater'),
  binary('GreaterEqual', comparison, 'GreaterOrEqual'),
  binary('Less', comparison, 'Less'),
  binary('LessEqual', comparison, 'LessOrEqual'),
  binary('Equal', equality, 'Equal'),
  binary('NotEqual', equality, (l, a, b) => l.op('Not', [l.op('Equal', [a, b])])),
  binary('LogicalAnd', logical, 'And'),
  binary('LogicalOr', logical, 'Or'),
  kernel({
    name: 'Prelu',
    inputs: ['x', 'alpha'],
    infer: ([x, alpha]) =>
      all('float32', x, alpha) ? { shape: broadcastShape(x!, alpha!), dtype: 'float32' } : null,
    lower: (l, [x, alpha], _attrs, { shape }) =>
      l.elementwise([x!, alpha!], shape, 'float32', (a, b) =>
        l.op('Where', [l.op('Less', [a, l.float(0)]), l.op('Mul', [a, b]), a]),
      ),
  }),
  kernel({
    name: 'EluGrad',
    inputs: ['dy', 'y'],
    infer: ([dy, y]) => (all('float32', dy, y) ? { shape: y!.shape, dtype: 'float32' } : null),
    lower: (l, [dy, y], _attrs, { shape }) =>
      l.elementwise([dy!, y!], shape, 'float32', (d, v) => {
        const below = l.op('Mul', [d, l.op('Add', [v, l.float(1)])])
        return l.op('Where', [l.op('GreaterOrEqual', [v, l.float(0)]), d, below])
      }),
  }),
  kernel({
    name: 'AddN',
    inputs: ['...'],
    infer: (xs) => (all('float32', ...xs) ? xs[0]! : null),
    lower: (l, xs, _attrs, { shape }) =>
      l.elementwise(xs, shape, 'float32', (...refs) => l.op('Sum', refs), true),
  }),
  kernel({
    name: 'Select',
    inputs: ['condition', 't', 'e'],
    infer: ([condition, t, e]) => {
      const fits = condition!.shape.length === t!.shape.length || condition!.shape.length === 1
      return all('bool', condition) && t!.dtype === e!.dtype && fits && t!.shape.length > 0
        ? t!
        : null
    },
    lower: (l, [condition, t, e], _attrs, { shape, dtype }) => {
      // A condition of rank 1 chooses rows, so its axis goes first and not last.
      const rows = [shape[0]!, ...Array<number>(shape.length - 1).fill(1)]
      const c = condition!.rank === shape.length ? condition! : l.view(condition!, rows)
      return l.elementwise([c, t!, e!], shape, dtype as GraphDtype, (x, y, z) =>
        l.op('Where', [x, y, z]),
      )
    },
  }),
]
