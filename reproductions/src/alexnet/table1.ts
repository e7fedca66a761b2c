import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { halfOf, sameNet } from '../margins.js'
import { tested } from './nets.js'
import { alexnetDeviations, alexnetProtocol, testDeviations } from './protocol.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { alexnetTiers } from './tiers.js'
import { alexnetPaper } from './source.js'

/** AlexNet's Table 1: the net against other methods on ILSVRC-2010's test set; with and without ten crops (§6, a footnote). */
export const alexnetTable1: Reproduction = defineReproduction({
  id: 'alexnet-table1',
  version: 1,
  title: 'Comparison of results on the ILSVRC-2010 test set',
  source: { ...alexnetPaper, table: 'Table 1', section: '6' },
  protocol: alexnetProtocol,
  metrics: [
    {
      ...{ id: 'top1', name: 'top-1 error', unit: '%', better: 'lower', tolerance: 0.5 },
      equivalence: sameNet,
    },
    { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower', tolerance: 0.5 },
  ],
  rowHeads: ['model'],
  cells: [
    {
      id: 'sparse-coding',
      row: 'Sparse coding',
      cite: 'Berg, Deng & Fei-Fei 2010',
      paper: { top1: 47.1, top5: 28.2 },
      config: null,
    },
    {
      id: 'sift-fvs',
      row: 'SIFT + FVs',
      cite: 'Sánchez & Perronnin 2011',
      paper: { top1: 45.7, top5: 25.7 },
      config: null,
    },
    {
      id: 'cnn',
      row: 'CNN',
      paper: { top1: 37.5, top5: 17.0 },
      config: { views: 'ten-crop' },
    },
    {
      id: 'cnn-one-crop',
      row: 'CNN, one crop (§6, footnote)',
      paper: { top1: 39.0, top5: 18.3 },
      config: { views: 'center-crop' },
    },
  ],
  claims: [
    {
      id: 'ten-crops',
      text: 'averaging over ten crops beats one crop',
      cite: '§6',
      test: 'better',
      metric: 'top1',
      cell: 'cnn',
      than: 'cnn-one-crop',
      equivalence: halfOf(1.5),
    },
  ],
  deviations: [
    ...alexnetDeviations,
    ...testDeviations,
    {
      what: 'ILSVRC-2012’s training and validation images, not ILSVRC-2010’s training and test images',
      why: 'the 2010 set is no longer handed out; of the two lists of 1,000 classes only some are the same',
      effect: 'the numbers to compare with are Table 2’s: 40.7/18.2 on ten crops',
      when: ({ tier }) => tier.paper === true,
    },
    {
      what: 'other methods are quoted and not made',
      why: 'they are other papers’',
      effect: 'those numbers are the papers’',
    },
  ],
  overrides: netOverrides,
  tiers: alexnetTiers,
  plan: ({ config: { views }, settings, seed }) =>
    tested('none', views as 'ten-crop' | 'center-crop', settings, seed),
})
