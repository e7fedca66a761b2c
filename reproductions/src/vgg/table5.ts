import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { halfOf } from '../margins.js'
import { fusion } from './fusions.js'
import type { Technique } from './fusions.js'
import { cropDeviations, errorMetrics, netDeviations, trainingProtocol } from './protocol.js'
import { cropOverrides, vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

type Errors = readonly [top1: number, top5: number]

/** Table 5's numbers: top-1 and top-5 validation error in percent. */
const table: Readonly<Record<string, Readonly<Record<Technique, Errors>>>> = {
  D: { dense: [24.8, 7.5], 'multi-crop': [24.6, 7.5], both: [24.4, 7.2] },
  E: { dense: [24.8, 7.5], 'multi-crop': [24.6, 7.4], both: [24.4, 7.1] },
}

const names: Readonly<Record<Technique, string>> = {
  dense: 'dense',
  'multi-crop': 'multi-crop',
  both: 'multi-crop & dense',
}

const variants = Object.keys(table)

const beats = (cell: Technique, than: Technique, points: number) =>
  variants.map((variant) => ({
    test: 'better' as const,
    metric: 'top1' as const,
    cell: `${variant}-${cell}`,
    than: `${variant}-${than}`,
    equivalence: halfOf(points),
  }))

/** VGG's Table 5: dense against multi-crop evaluation, and both. */
export const vggTable5: Reproduction = defineReproduction({
  id: 'vgg-table5',
  version: 1,
  title: 'ConvNet evaluation techniques',
  source: { ...vggPaper, table: 'Table 5', section: '4.3' },
  protocol: {
    ...trainingProtocol,
    nets: { value: 'D and E, S in [256;512]; Q = 256, 384, 512', cite: 'Table 5' },
    dense: {
      value: 'class scores averaged over positions, posteriors over the mirror image and scales',
      cite: '§3.2',
    },
    'multi-crop': {
      value: '50 crops a scale (5×5 grid, 2 flips), 150 over three scales; posteriors averaged',
      cite: '§3.2',
    },
    both: { value: 'the posteriors of the two averaged', cite: '§4.3' },
  },
  metrics: errorMetrics,
  rowHeads: ['ConvNet', 'evaluation'],
  cells: variants.flatMap((variant) =>
    (Object.keys(names) as Technique[]).map((technique) => {
      const [top1, top5] = table[variant]![technique]
      return {
        id: `${variant}-${technique}`,
        row: [variant, names[technique]],
        paper: { top1, top5 },
        config: { variant, technique },
      }
    }),
  ),
  claims: [
    {
      id: 'multi-crop-slightly-better',
      text: 'multi-crop evaluation performs slightly better than dense evaluation',
      cite: '§4.3',
      test: 'all',
      of: beats('multi-crop', 'dense', 0.2),
    },
    {
      id: 'complementary',
      text: 'the two are complementary: their average beats either',
      cite: '§4.3',
      test: 'all',
      of: [...beats('both', 'dense', 0.4), ...beats('both', 'multi-crop', 0.2)],
    },
  ],
  deviations: [...netDeviations, ...cropDeviations],
  overrides: cropOverrides,
  tiers: vggTiers,
  plan: ({ config: { variant, technique }, settings, seed }) =>
    fusion(
      `${variant}, ${technique}`,
      [[variant as VggVariant, '256-512']],
      technique,
      settings,
      seed,
    ),
})
