import type { Lowering } from '../graph/lowering.js'
import type { Operand } from '../graph/types.js'
import { all, kernel, type Kernel } from './kernel.js'

type Emit<Attrs> = (l: Lowering, x: string, attrs: Attrs) => string

/** A float32 kernel applied to each element. */
const float = <Attrs = Record<string, never>>(
  name: string,
  emit: Emit<Attrs> | string,
  keepsZeros = false,
): Kernel =>
  kernel<Attrs>({
    name,
    inputs: ['x'],
    elementwise: true,
    infer: ([x]) => (all('float32', x) ? x! : null),
    lower: (l, [x], attrs, out) =>
      l.elementwise(
        [x!],
        out.shape,
        'float32',
        (ref) => (typeof emit === 'string' ? l.op(emit, [ref]) : emit(l, ref, attrs)),
        keepsZeros,
      ),
  })

/** One that ONNX Runtime has for int32 as well. */
const numeric = (name: string, emit: Emit<unknown>): Kernel =>
  kernel({
    name,
    inputs: ['x'],
    elementwise: true,
    infer: ([x]) => (x!.dtype === 'bool' ? null : x!),
    lower: (l, [x], attrs, out) =>
      l.elementwise([x!], out.shape, x!.dtype, (ref) => emit(l, ref, attrs)),
  })

/** A question about each float. */
const test = (name: string, emit: Emit<unknown>): Kernel =>
  kernel({
    name,
    inputs: ['x'],
    elementwise: true,
    infer: ([x]): Operand | null => (all('float32', x) ? { shape: x!.shape, dtype: 'bool' } : null),
    lower: (l, [x], attrs, out) =>
      l.elementwise([x!], out.shape, 'bool', (ref) => emit(l, ref, attrs)),
  })

/** e^x − 1: near 0 by 2·tanh(x/2)/(1 − tanh(x/2)), which loses no digits there. */
const expm1: Emit<unknown> = (l, x) => {
  const t = l.op('Tanh', [l.op('Mul', [x, l.float(0.5)])])
  const near = l.op('Div', [l.op('Add', [t, t]), l.op('Sub', [l.float(1), t])])
  const far = l.op('Sub', [l.op('Exp', [x]), l.float(1)])
  return l.op('Where', [l.op('Less', [l.op('Abs', [x]), l.float(0.5)]), near, far])
}

/** log(1 + x): with u = 1 + x rounded, log(u)·x/(u − 1) takes the rounding back out; x itself where u is 1. */
const log1p: Emit<unknown> = (l, x) => {
  const u = l.op('Add', [x, l.float(1)])
  const log = l.op('Log', [u])
  const d = l.op('Sub', [u, l.float(1)])
  const near = l.op('Where', [
    l.op('Equal', [d, l.float(0)]),
    x,
    l.op('Div', [l.op('Mul', [log, x]), d]),
  ])
  return l.op('Where', [l.op('Less', [l.op('Abs', [x]), l.float(0.5)]), near, log])
}

/** The kernels that take one tensor element by element. */
export const unaryKernels: readonly Kernel[] = [
  numeric('Abs', (l, x) => l.op('Abs', [x])),
  numeric('Neg', (l, x) => l.op('Neg', [x])),
  numeric('Square', (l, x) => l.op('Mul', [x, x])),
  float('Acos', 'Acos'),
  float('Acosh', 'Acosh'),
  float('Asin', 'Asin'),
  float('Asinh', 'Asinh'),
  float('Atan', 'Atan'),
  float('Atanh', 'Atanh'),
  float('Ceil', 'Ceil'),
  float('Cos', 'Cos'),
  float('Cosh', 'Cosh'),
  float('Elu', 'Elu'),
  float('Erf', 'Erf'),
  float('Exp', 'Exp'),
  float('Expm1', expm1),
  float('Floor', 'Floor'),
  float('Log', 'Log'),
  float('Log1p', log1p),
  float('Reciprocal', 'Reciprocal'),
  float('Relu', 'Relu', true),
  float('Relu6', (l, x) => l.op('Clip', [x, l.float(0), l.float(6)])),
  float('Round', 'Round'),
  float('Rsqrt', (l, x) => l.op('Reciprocal', [l.op('Sqrt', [x])])),
  float('Selu', 'Selu'),
  float('Sigmoid', 'Sigmoid'),
  // tfjs gives NaN the sign 0.
  float('Sign', (l, x) => l.op('Where', [l.op('IsNaN', [x]), l.float(0), l.op('Sign', [x])])),
  float('Sin', 'Sin'),
  float('Sinh', 'Sinh'),
  float('Softplus', 'Softplus'),
  float('Sqrt', 'Sqrt'),
  float('Tanh', 'Tanh', true),
  float<{ alpha: number }>(
    'LeakyRelu',
    (l, x, { alpha }) => l.op('LeakyRelu', [x], { alpha: { float: alpha } }),
    true,
  ),
  float<{ clipValueMin: number; clipValueMax: number }>(
    'ClipByValue',
    (l, x, { clipValueMin, clipValueMax }) =>
      l.op('Clip', [x, l.float(clipValueMin), l.float(clipValueMax)]),
  ),
  // 1 above 0, alpha up to it, and NaN where x is: x·0 carries it over.
  float<{ alpha: number }>('Step', (l, x, { alpha }) => {
    const step = l.op('Where', [l.op('Greater', [x, l.float(0)]), l.float(1), l.float(alpha)])
    return l.op('Where', [l.op('IsNaN', [x]), x, step])
  }),
  test('IsNan', (l, x) => l.op('IsNaN', [x])),
  test('IsInf', (l, x) => l.op('IsInf', [x])),
  test('IsFinite', (l, x) => l.op('Not', [l.op('Or', [l.op('IsNaN', [x]), l.op('IsInf', [x])])])),
  kernel({
    name: 'LogicalNot',
    inputs: ['x'],
    infer: ([x]) => (all('bool', x) ? x! : null),
    lower: (l, [x], _attrs, out) =>
      l.elementwise([x!], out.shape, 'bool', (ref) => l.op('Not', [ref])),
  }),
]
