import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { halfOf } from '../margins.js'
import { bestTwo, fusion, submission } from './fusions.js'
import type { Technique } from './fusions.js'
import { contestMetrics, cropDeviations, netDeviations, trainingProtocol } from './protocol.js'
import { cropOverrides, vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

type Fusion = { readonly nets: 'submission' | 'D+E'; readonly technique: Technique }

/** VGG's Table 6: posteriors of several nets averaged. */
export const vggTable6: Reproduction = defineReproduction({
  id: 'vgg-table6',
  version: 1,
  title: 'Multiple ConvNet fusion results',
  source: { ...vggPaper, table: 'Table 6', section: '4.4' },
  protocol: {
    ...trainingProtocol,
    submission: {
      value:
        'D/256/224,256,288; D/384/352,384,416; D/[256;512]/256,384,512; C/256/224,256,288; ' +
        'C/384/352,384,416; E/256/224,256,288; E/384/352,384,416; dense',
      cite: 'Table 6',
    },
    'D+E': { value: 'D and E, [256;512]/256,384,512', cite: 'Table 6' },
    fusion: { value: 'soft-max posteriors of nets, scales and techniques averaged', cite: '§4.4' },
  },
  metrics: contestMetrics,
  rowHeads: ['combined ConvNets'],
  cells: [
    {
      id: 'submission',
      row: 'ILSVRC submission, 7 nets',
      paper: { top1: 24.7, top5: 7.5, top5Test: 7.3 },
      config: { nets: 'submission', technique: 'dense' },
    },
    {
      id: 'two-dense',
      row: 'D and E, jittered, dense',
      paper: { top1: 24.0, top5: 7.1, top5Test: 7.0 },
      config: { nets: 'D+E', technique: 'dense' },
    },
    {
      id: 'two-multi-crop',
      row: 'D and E, jittered, multi-crop',
      paper: { top1: 23.9, top5: 7.2 },
      config: { nets: 'D+E', technique: 'multi-crop' },
    },
    {
      id: 'two-both',
      row: 'D and E, jittered, multi-crop & dense',
      paper: { top1: 23.7, top5: 6.8, top5Test: 6.8 },
      config: { nets: 'D+E', technique: 'both' },
    },
  ],
  claims: [
    {
      id: 'two-beat-seven',
      text: 'two jittered nets beat the submission’s seven',
      cite: '§4.4',
      test: 'better',
      metric: 'top1',
      cell: 'two-dense',
      than: 'submission',
      equivalence: halfOf(0.7),
    },
    {
      id: 'both-techniques',
      text: 'dense and multi-crop evaluation together beat dense evaluation',
      cite: '§4.4',
      test: 'better',
      metric: 'top1',
      cell: 'two-both',
      than: 'two-dense',
      equivalence: halfOf(0.3),
    },
  ],
  deviations: [
    ...netDeviations,
    ...cropDeviations,
    {
      what: 'no top-5 test error',
      why: 'the labels of ILSVRC’s test set are not public',
      effect: 'that column only has the paper’s numbers',
    },
  ],
  overrides: cropOverrides,
  tiers: vggTiers,
  plan: ({ cell, config, settings, seed }) => {
    const { nets, technique } = config as Fusion
    const members = nets === 'submission' ? submission : bestTwo
    return fusion(String(cell.row), members, technique, settings, seed)
  },
})
