import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { halfOf } from '../margins.js'
import { bestTwo, fusion, submission } from './fusions.js'
import type { Members, Technique } from './fusions.js'
import { contestMetrics, cropDeviations, netDeviations, trainingProtocol } from './protocol.js'
import { cropOverrides, vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

type Entry = { readonly nets: 'two' | 'one' | 'seven' }

const entries: Readonly<
  Record<Entry['nets'], { readonly members: Members; readonly technique: Technique }>
> = {
  two: { members: bestTwo, technique: 'both' },
  one: { members: [['E', '256-512']], technique: 'both' },
  seven: { members: submission, technique: 'dense' },
}

/** The other methods of Table 7. GoogLeNet's number is of validation and test images alike. */
const others = [
  {
    id: 'googlenet-1',
    cite: 'Szegedy et al. 2014',
    row: 'GoogLeNet, 1 net',
    top5: 7.9,
    top5Test: 7.9,
  },
  {
    id: 'googlenet-7',
    cite: 'Szegedy et al. 2014',
    row: 'GoogLeNet, 7 nets',
    top5: 6.7,
    top5Test: 6.7,
  },
  { id: 'msra-11', cite: 'He et al. 2014', row: 'MSRA, 11 nets', top5Test: 8.1 },
  {
    id: 'msra-1',
    cite: 'He et al. 2014',
    row: 'MSRA, 1 net',
    top1: 27.9,
    top5: 9.1,
    top5Test: 9.1,
  },
  {
    id: 'clarifai',
    cite: 'Russakovsky et al. 2014',
    row: 'Clarifai, multiple nets',
    top5Test: 11.7,
  },
  { id: 'clarifai-1', cite: 'Russakovsky et al. 2014', row: 'Clarifai, 1 net', top5Test: 12.5 },
  {
    id: 'zeiler-fergus-6',
    cite: 'Zeiler & Fergus 2013',
    row: 'Zeiler & Fergus, 6 nets',
    top1: 36.0,
    top5: 14.7,
    top5Test: 14.8,
  },
  {
    id: 'zeiler-fergus-1',
    cite: 'Zeiler & Fergus 2013',
    row: 'Zeiler & Fergus, 1 net',
    top1: 37.5,
    top5: 16.0,
    top5Test: 16.1,
  },
  {
    id: 'overfeat-7',
    cite: 'Sermanet et al. 2014',
    row: 'OverFeat, 7 nets',
    top1: 34.0,
    top5: 13.2,
    top5Test: 13.6,
  },
  {
    id: 'overfeat-1',
    cite: 'Sermanet et al. 2014',
    row: 'OverFeat, 1 net',
    top1: 35.7,
    top5: 14.2,
  },
  {
    id: 'krizhevsky-5',
    cite: 'Krizhevsky et al. 2012',
    row: 'Krizhevsky et al., 5 nets',
    top1: 38.1,
    top5: 16.4,
    top5Test: 16.4,
  },
  {
    id: 'krizhevsky-1',
    cite: 'Krizhevsky et al. 2012',
    row: 'Krizhevsky et al., 1 net',
    top1: 40.7,
    top5: 18.2,
  },
] as const

/** VGG's Table 7: the nets against the other methods of the time, whose numbers are quoted. */
export const vggTable7: Reproduction = defineReproduction({
  id: 'vgg-table7',
  version: 1,
  title: 'Comparison with the state of the art in ILSVRC classification',
  source: { ...vggPaper, table: 'Table 7', section: '4.5' },
  protocol: {
    ...trainingProtocol,
    '2 nets': { value: 'D and E, jittered, multi-crop & dense', cite: '§4.5' },
    '1 net': { value: 'E, jittered, multi-crop & dense', cite: '§4.5, Table 5' },
    '7 nets': { value: 'the ILSVRC submission of Table 6, dense', cite: '§4.5' },
  },
  metrics: contestMetrics,
  rowHeads: ['method'],
  cells: [
    {
      id: 'vgg-2',
      row: 'VGG, 2 nets, multi-crop & dense',
      paper: { top1: 23.7, top5: 6.8, top5Test: 6.8 },
      config: { nets: 'two' },
    },
    {
      id: 'vgg-1',
      row: 'VGG, 1 net, multi-crop & dense',
      paper: { top1: 24.4, top5: 7.1, top5Test: 7.0 },
      config: { nets: 'one' },
    },
    {
      id: 'vgg-7',
      row: 'VGG, ILSVRC submission, 7 nets, dense',
      paper: { top1: 24.7, top5: 7.5, top5Test: 7.3 },
      config: { nets: 'seven' },
    },
    ...others.map(({ id, row, cite, ...paper }) => ({ id, row, cite, paper, config: null })),
  ],
  claims: [
    {
      id: 'two-beat-one',
      text: 'two nets beat one',
      cite: '§4.5',
      test: 'better',
      metric: 'top1',
      cell: 'vgg-2',
      than: 'vgg-1',
      equivalence: halfOf(0.7),
    },
    {
      id: 'one-beats-seven',
      text: 'one jittered net on crops and densely beats the submission’s seven',
      cite: 'Table 7',
      test: 'better',
      metric: 'top1',
      cell: 'vgg-1',
      than: 'vgg-7',
      equivalence: halfOf(0.3),
    },
  ],
  deviations: [
    ...netDeviations,
    ...cropDeviations,
    {
      what: 'no top-5 test error; other methods are quoted and not made',
      why: 'the labels of ILSVRC’s test set are not public; the other methods are other papers’',
      effect: 'those numbers are the papers’',
    },
  ],
  overrides: cropOverrides,
  tiers: vggTiers,
  plan: ({ cell, config, settings, seed }) => {
    const { members, technique } = entries[(config as Entry).nets]
    return fusion(String(cell.row), members, technique, settings, seed)
  },
})
