import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { measureStack } from '../units/measure-stack.js'
import { vggPaper } from './source.js'

/** §2.3: stacks of 3×3 layers against the one layer that sees as much. `c2` is weights in units of C². */
const stacks = [
  { id: 'two-3x3', row: 'two 3×3', layers: 2, kernelSize: 3, size: 5, c2: 18 },
  { id: 'one-5x5', row: 'one 5×5', layers: 1, kernelSize: 5, size: 5, c2: 25 },
  { id: 'three-3x3', row: 'three 3×3', layers: 3, kernelSize: 3, size: 7, c2: 27 },
  { id: 'one-7x7', row: 'one 7×7', layers: 1, kernelSize: 7, size: 7, c2: 49 },
] as const

/** VGG §2.3: what small kernels see and what they cost, measured on real layers of C channels. */
export const vggReceptiveField: Reproduction = defineReproduction({
  id: 'vgg-receptive-field',
  version: 1,
  title: 'Receptive fields and weights of stacked 3×3 layers',
  source: { ...vggPaper, section: '2.3' },
  protocol: {
    channels: { value: 'C in and out; measured at C = 64', cite: '§2.3' },
    biases: { value: 'not counted', cite: '§2.3' },
  },
  metrics: [
    { id: 'receptiveField', name: 'receptive field', unit: 'pixels', better: 'equal', digits: 0 },
    { id: 'weightsPerC2', name: 'weights', unit: 'C²', better: 'equal', digits: 0 },
  ],
  rowHeads: ['stack'],
  cells: stacks.map(({ id, row, layers, kernelSize, size, c2 }) => ({
    id,
    row,
    paper: { receptiveField: size, weightsPerC2: c2 },
    config: { layers, kernelSize, channels: 64 },
  })),
  claims: stacks.map(({ id, row, size, c2 }) => ({
    id,
    text: `${row} see ${size}×${size} with ${c2}C² weights`,
    cite: '§2.3',
    test: 'all',
    of: [
      { test: 'equal' as const, metric: 'receptiveField' as const, cell: id, value: size },
      { test: 'equal' as const, metric: 'weightsPerC2' as const, cell: id, value: c2 },
    ],
  })),
  deviations: [],
  plan: ({ config }) => measureStack({ config }),
})
