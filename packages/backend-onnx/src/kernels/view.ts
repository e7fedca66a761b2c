import type { GraphDtype } from '../graph/types.js'
import { kernel, type Kernel } from './kernel.js'

/** The same numbers under a shape: what gives an exported model's output a place of its own. tfjs never calls it. */
export const viewKernel: Kernel = kernel<{ shape: number[]; name: string }>({
  name: 'retable:view',
  inputs: ['x'],
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  lower: (l, [x], _attrs, { shape, dtype }) =>
    l.sym(l.plain(l.view(x!, shape)), shape, dtype as GraphDtype),
})
