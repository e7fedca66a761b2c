import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { fusePredictions } from '../units/fuse-predictions.js'
import { halfOf, sameNet } from '../margins.js'
import { tested } from './nets.js'
import { alexnetDeviations, alexnetProtocol, testDeviations } from './protocol.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { alexnetTiers } from './tiers.js'
import { alexnetPaper } from './source.js'

const fall2011 = 'the whole ImageNet 2011 Fall release'

/** AlexNet's Table 2: one net and five averaged, against other methods, on ILSVRC-2012. */
export const alexnetTable2: Reproduction = defineReproduction({
  id: 'alexnet-table2',
  version: 1,
  title: 'Comparison of error rates on ILSVRC-2012 validation and test sets',
  source: { ...alexnetPaper, table: 'Table 2', section: '6' },
  protocol: {
    ...alexnetProtocol,
    '5 CNNs': { value: 'the predictions of five similar nets averaged', cite: '§6' },
  },
  metrics: [
    {
      ...{ id: 'top1', name: 'top-1 val. error', unit: '%', better: 'lower', tolerance: 0.5 },
      equivalence: sameNet,
    },
    { id: 'top5', name: 'top-5 val. error', unit: '%', better: 'lower', tolerance: 0.5 },
    { id: 'top5Test', name: 'top-5 test error', unit: '%', better: 'lower' },
  ],
  rowHeads: ['model'],
  cells: [
    {
      id: 'sift-fvs',
      row: 'SIFT + FVs',
      cite: 'ILSVRC-2012, second-best entry',
      paper: { top5Test: 26.2 },
      config: null,
    },
    { id: 'one', row: '1 CNN', paper: { top1: 40.7, top5: 18.2 }, config: { nets: 1 } },
    {
      id: 'five',
      row: '5 CNNs',
      paper: { top1: 38.1, top5: 16.4, top5Test: 16.4 },
      config: { nets: 5 },
    },
    {
      id: 'one-pre-trained',
      row: '1 CNN*',
      cite: `this paper, a net with a sixth convolution, pre-trained on ${fall2011}`,
      paper: { top1: 39.0, top5: 16.6 },
      config: null,
    },
    {
      id: 'seven-pre-trained',
      row: '7 CNNs*',
      cite: `this paper, two nets pre-trained on ${fall2011}, averaged with the five`,
      paper: { top1: 36.7, top5: 15.4, top5Test: 15.3 },
      config: null,
    },
  ],
  claims: [
    {
      id: 'five-beat-one',
      text: 'five nets averaged beat one',
      cite: '§6',
      test: 'better',
      metric: 'top1',
      cell: 'five',
      than: 'one',
      equivalence: halfOf(2.6),
    },
  ],
  deviations: [
    ...alexnetDeviations,
    ...testDeviations,
    {
      what: 'the five nets differ only in what they draw',
      why: 'the paper calls them similar and says no more',
      effect: 'nets that differ more would gain more from being averaged',
    },
    {
      what: 'no top-5 test error; the rows with a star and other methods are quoted and not made',
      why: `the labels of ILSVRC’s test set are not public; for 1 CNN* a net with a sixth convolution was pre-trained on ${fall2011}, for 7 CNNs* two nets were pre-trained on it and averaged with the five`,
      effect: 'those numbers are the papers’',
    },
  ],
  overrides: netOverrides,
  tiers: alexnetTiers,
  plan: ({ config, settings, seed }) => {
    const nets = config['nets']
    // The first is the seed's own net, which other tables train too.
    const tests = Array.from({ length: nets }, (_, member) =>
      tested('none', 'ten-crop', settings, seed, { member }),
    )
    if (tests.length === 1) return tests[0]!
    return fusePredictions({
      label: `${nets} CNNs`,
      seed,
      cost: nets * (settings.testLimit || 50_000),
      needs: Object.fromEntries(tests.map((test, k) => [`test-${k}`, test])),
      config: { limit: null },
    })
  },
})
