import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { halfOf } from '../margins.js'
import { fused, testedAt, testedAtScales } from './nets.js'
import { errorMetrics, netDeviations, testDeviations, trainingProtocol } from './protocol.js'
import { scaleLabels, testScale, testScales } from './scales.js'
import type { PaperScale } from './scales.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

type Errors = Readonly<Record<string, readonly [number, number]>>

/** Table 4's numbers: top-1 and top-5 validation error in percent. */
const table: Readonly<Record<PaperScale, Errors>> = {
  '256': { B: [28.2, 9.6], C: [27.7, 9.2], D: [26.6, 8.6], E: [26.9, 8.7] },
  '384': { C: [27.8, 9.2], D: [26.5, 8.6], E: [26.7, 8.6] },
  '256-512': { C: [26.3, 8.2], D: [24.8, 7.5], E: [24.8, 7.5] },
}

/** Table 3's numbers of the same nets, at one scale, which the claim about several is held against. */
const single: Readonly<Record<PaperScale, Errors>> = {
  '256': { B: [28.7, 9.9], C: [28.1, 9.4], D: [27.0, 8.8], E: [27.3, 9.0] },
  '384': { C: [28.1, 9.3], D: [26.8, 8.7], E: [26.9, 8.7] },
  '256-512': { C: [27.3, 8.8], D: [25.6, 8.1], E: [25.5, 8.0] },
}

type TestedCell = {
  readonly variant: VggVariant
  readonly scale: PaperScale
  readonly several: boolean
}

const scales = Object.keys(table) as PaperScale[]

const cells = [true, false].flatMap((several) =>
  scales.flatMap((scale) =>
    Object.entries((several ? table : single)[scale]).map(([variant, [top1, top5]]) => ({
      id: `${variant}-${scale}${several ? '' : '-single'}`,
      row: [
        scaleLabels[scale],
        several ? testScales(scale).join(', ') : `${testScale(scale)} alone (Table 3)`,
      ],
      column: variant,
      paper: { top1, top5 },
      config: { variant, scale, several },
    })),
  ),
)

/** VGG's Table 4: the nets of Table 3 with the posteriors of several test scales averaged. */
export const vggTable4: Reproduction = defineReproduction({
  id: 'vgg-table4',
  version: 1,
  title: 'ConvNet performance at multiple test scales',
  source: { ...vggPaper, table: 'Table 4', section: '4.2' },
  protocol: {
    ...trainingProtocol,
    testing: {
      value: 'dense, as in Table 3, at each of several scales; posteriors averaged',
      cite: '§4.2',
    },
    'test scales': {
      value: 'Q = {S − 32, S, S + 32}; {S_min, 0.5 (S_min + S_max), S_max} under jitter',
      cite: '§4.2',
    },
  },
  metrics: errorMetrics,
  rowHeads: ['train S', 'test Q'],
  cells,
  claims: [
    {
      id: 'several-scales',
      text: 'several test scales beat one',
      cite: '§4.2',
      test: 'all',
      of: scales.flatMap((scale) =>
        Object.keys(table[scale]).map((variant) => ({
          test: 'better' as const,
          metric: 'top1' as const,
          cell: `${variant}-${scale}`,
          than: `${variant}-${scale}-single`,
          // The paper’s least gain: E at S = 384, from 26.9 to 26.7.
          equivalence: halfOf(0.2),
        })),
      ),
    },
    {
      id: 'scale-jittering',
      text: 'with several test scales too, scale jittering beats either fixed scale',
      cite: '§4.2',
      test: 'all',
      of: ['C', 'D', 'E'].flatMap((variant) =>
        (['256', '384'] as const).map((fixed) => ({
          test: 'better' as const,
          metric: 'top1' as const,
          cell: `${variant}-256-512`,
          than: `${variant}-${fixed}`,
          equivalence: halfOf(1.4),
        })),
      ),
    },
    {
      id: 'deepest-best',
      text: 'the deepest configurations, D and E, perform best: both beat C under jitter',
      cite: '§4.2',
      test: 'all',
      of: ['D', 'E'].map((variant) => ({
        test: 'better' as const,
        metric: 'top1' as const,
        cell: `${variant}-256-512`,
        than: 'C-256-512',
        equivalence: halfOf(1.5),
      })),
    },
  ],
  deviations: [...netDeviations, ...testDeviations],
  overrides: netOverrides,
  tiers: vggTiers,
  plan: ({ config, settings, seed }) => {
    const { variant, scale, several } = config as TestedCell
    if (!several) return testedAt(variant, scale, testScale(scale), 'dense', settings, seed)
    const label = `${variant}, S=${scaleLabels[scale]}, several Q`
    const tests = testedAtScales(variant, scale, 'dense', settings, seed)
    return fused(label, tests, settings.testLimit, seed, settings)
  },
})
