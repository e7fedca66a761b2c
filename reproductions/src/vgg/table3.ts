import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { halfOf } from '../margins.js'
import { testedAt } from './nets.js'
import { errorMetrics, netDeviations, testDeviations, trainingProtocol } from './protocol.js'
import { scaleLabels, testScale } from './scales.js'
import type { PaperScale } from './scales.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

/** Table 3's numbers: top-1 and top-5 validation error in percent. */
const table: Readonly<Record<PaperScale, Readonly<Record<string, readonly [number, number]>>>> = {
  '256': {
    A: [29.6, 10.4],
    'A-LRN': [29.7, 10.5],
    B: [28.7, 9.9],
    C: [28.1, 9.4],
    D: [27.0, 8.8],
    E: [27.3, 9.0],
  },
  '384': { C: [28.1, 9.3], D: [26.8, 8.7], E: [26.9, 8.7] },
  '256-512': { C: [27.3, 8.8], D: [25.6, 8.1], E: [25.5, 8.0] },
}

/** Why a gain of less than half a point counts as none. */
const leastDifference =
  'the least difference that the paper concludes from is 0.6 percentage points, B to C'

const cells = (Object.keys(table) as PaperScale[]).flatMap((scale) =>
  Object.entries(table[scale]).map(([variant, [top1, top5]]) => ({
    id: `${variant}-${scale}`,
    row: [scaleLabels[scale], String(testScale(scale))],
    column: variant,
    paper: { top1, top5 },
    config: { variant, scale },
  })),
)

/** VGG's Table 3: each configuration at a single test scale, densely evaluated. */
export const vggTable3: Reproduction = defineReproduction({
  id: 'vgg-table3',
  version: 1,
  title: 'ConvNet performance at a single test scale',
  source: { ...vggPaper, table: 'Table 3', section: '4.1' },
  protocol: {
    ...trainingProtocol,
    testing: {
      value: 'dense, class scores averaged over positions, posteriors over the mirror image',
      cite: '§3.2',
    },
  },
  metrics: errorMetrics,
  rowHeads: ['train S', 'test Q'],
  cells,
  claims: [
    {
      id: 'lrn-does-not-help',
      text: 'A-LRN does not improve on A',
      cite: '§4.1',
      test: 'not-better',
      metric: 'top1',
      cell: 'A-LRN-256',
      than: 'A-256',
      margin: 0.5,
      why: leastDifference,
    },
    {
      id: 'depth',
      text: 'the error falls with depth, from A (11 layers) to E (19)',
      cite: '§4.1',
      test: 'trend',
      metric: 'top1',
      cells: ['A-256', 'B-256', 'D-256', 'E-256'],
      x: [11, 13, 16, 19],
      per: 'layer',
    },
    {
      id: 'saturation',
      text: 'the gain of depth is spent at 19 layers: E does not improve on D',
      cite: '§4.1',
      test: 'not-better',
      metric: 'top1',
      cell: 'E-256',
      than: 'D-256',
      margin: 0.5,
      why: leastDifference,
    },
    {
      id: 'non-linearity',
      text: 'C beats B: the additional non-linearity helps',
      cite: '§4.1',
      test: 'better',
      metric: 'top1',
      cell: 'C-256',
      than: 'B-256',
      equivalence: halfOf(0.6),
    },
    {
      id: 'spatial-context',
      text: 'D beats C: 3×3 layers help more than 1×1 ones',
      cite: '§4.1',
      test: 'better',
      metric: 'top1',
      cell: 'D-256',
      than: 'C-256',
      equivalence: halfOf(1.1),
    },
    {
      id: 'scale-jittering',
      text: 'scale jittering beats either fixed scale',
      cite: '§4.1',
      test: 'all',
      of: ['C', 'D', 'E'].flatMap((variant) =>
        (['256', '384'] as const).map((fixed) => ({
          test: 'better' as const,
          metric: 'top1' as const,
          cell: `${variant}-256-512`,
          than: `${variant}-${fixed}`,
          equivalence: halfOf(0.8),
        })),
      ),
    },
  ],
  deviations: [...netDeviations, ...testDeviations],
  overrides: netOverrides,
  tiers: vggTiers,
  plan: ({ config: { variant, scale }, settings, seed }) =>
    testedAt(variant as VggVariant, scale, testScale(scale), 'dense', settings, seed),
})
