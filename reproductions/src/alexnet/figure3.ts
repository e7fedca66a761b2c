import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { firstKernels } from '../units/first-kernels.js'
import { trained } from './nets.js'
import { alexnetDeviations, alexnetProtocol } from './protocol.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { alexnetTiers } from './tiers.js'
import { alexnetPaper } from './source.js'

/** Which of the unit's numbers a row is, and of which row it is the counterpart. */
const rows = [
  { id: 'colorful-tower', row: 'the more colorful tower', metric: 'colorful' },
  { id: 'gray-tower', row: 'the grayer tower', metric: 'gray' },
  { id: 'towers', row: 'difference of the towers', metric: 'spread' },
  { id: 'random-halves', row: 'difference of random halves', metric: 'chance' },
] as const

/** AlexNet's Figure 3: the first layer's kernels, and how color divides between the two towers (§6.1). */
export const alexnetFigure3: Reproduction = defineReproduction({
  id: 'alexnet-figure3',
  version: 1,
  title: 'Kernels of the first convolutional layer',
  source: { ...alexnetPaper, figure: 'Figure 3', section: '6.1' },
  protocol: {
    ...alexnetProtocol,
    kernels: {
      value: '96 of 11×11×3, the first 48 on GPU 1, the others on GPU 2',
      cite: 'Figure 3',
    },
    color: {
      value:
        'the share of a kernel’s squared weights left without each place’s mean over the channels, averaged over a tower',
      cite: 'ours; the figure is judged by eye',
    },
  },
  metrics: [{ id: 'color', name: 'color', unit: '', better: 'higher', digits: 3 }],
  rowHeads: ['kernels'],
  cells: rows.map(({ id, row, metric }) => ({ id, row, config: { metric } })),
  claims: [
    {
      id: 'specialization',
      text: 'the towers specialize: one is largely color-agnostic, the other largely color-specific, during every run',
      cite: '§6.1',
      test: 'better',
      metric: 'color',
      cell: 'towers',
      than: 'random-halves',
    },
  ],
  deviations: [
    ...alexnetDeviations,
    {
      what: 'specialization is that the towers’ color differs by more than that of the same kernels in two random halves, a thousand times drawn',
      why: 'the paper shows the kernels and leaves them to the eye',
      effect: 'a difference that shows in no picture may count as one',
    },
  ],
  overrides: netOverrides,
  tiers: alexnetTiers,
  plan: ({ settings, seed }) =>
    firstKernels({
      label: 'AlexNet, first layer',
      seed,
      needs: { net: trained('none', settings, seed) },
      config: { layer: 'conv1', towers: 2, splits: 1000 },
    }),
  read: ({ cell, result: { metrics } }) => ({
    color: metrics[String(cell.config?.['metric'])]!,
  }),
})
