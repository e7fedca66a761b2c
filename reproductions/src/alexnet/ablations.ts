import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { halfOf, sameNet } from '../margins.js'
import { compareTests } from '../units/compare-tests.js'
import { fittedImages, tested, trained } from './nets.js'
import type { Change } from './nets.js'
import { alexnetDeviations, alexnetProtocol, testDeviations } from './protocol.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { grouped, inEachTier } from '../tiers/tier-deviations.js'
import { alexnetTiers } from './tiers.js'
import { alexnetPaper } from './source.js'

/** A row: what is taken away, and by how much the paper's errors rise for it, in percent points. */
const rows: readonly {
  readonly change: Change
  readonly row: string
  readonly paper?: { readonly top1Change: number; readonly top5Change?: number }
}[] = [
  { change: 'none', row: 'the net of the paper' },
  { change: 'lrn', row: 'no LRN (§3.3)', paper: { top1Change: 1.4, top5Change: 1.2 } },
  {
    change: 'overlapping-pooling',
    row: 'pools of s = z = 2 (§3.4)',
    paper: { top1Change: 0.4, top5Change: 0.3 },
  },
  {
    change: 'two-gpus',
    row: 'one GPU, half the kernels (§3.2)',
    paper: { top1Change: 1.7, top5Change: 1.2 },
  },
  { change: 'pca-color', row: 'no PCA color (§4.1)' },
  { change: 'conv2', row: 'without conv2 (§7)', paper: { top1Change: 2 } },
  { change: 'conv3', row: 'without conv3 (§7)', paper: { top1Change: 2 } },
  { change: 'conv4', row: 'without conv4 (§7)', paper: { top1Change: 2 } },
  { change: 'conv5', row: 'without conv5 (§7)', paper: { top1Change: 2 } },
  { change: 'augmentation', row: 'no crops and mirror images (§4.1)' },
  { change: 'dropout', row: 'no dropout (§4.2)' },
]

/** The whole net beats the one without a part, in the paper by so many points. */
const helps = (change: Change, points: number) => ({
  test: 'better' as const,
  metric: 'top1' as const,
  cell: 'none',
  than: change,
  paperGain: points,
  equivalence: halfOf(points),
})

/** What each part of AlexNet is good for: the net with one part at a time taken away (§3, §4, §7). */
export const alexnetAblations: Reproduction = defineReproduction({
  id: 'alexnet-ablations',
  version: 1,
  title: 'AlexNet with a part taken away',
  source: { ...alexnetPaper, section: '3, 4, 7' },
  protocol: {
    ...alexnetProtocol,
    'one GPU': {
      value: 'half the kernels in each convolution but the last, which has as many',
      cite: '§3.2',
    },
  },
  metrics: [
    { id: 'top1', name: 'top-1 error', unit: '%', better: 'lower', equivalence: sameNet },
    { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower' },
    {
      id: 'top1Change',
      name: 'top-1 error above the net’s',
      unit: '%',
      better: 'lower',
      tolerance: 0.5,
    },
    {
      id: 'top5Change',
      name: 'top-5 error above the net’s',
      unit: '%',
      better: 'lower',
      tolerance: 0.5,
    },
    { id: 'gap', name: 'top-1 error above that on training images', unit: '%', better: 'lower' },
    { id: 'epochsToLevel', name: 'epochs to converge', unit: '', better: 'lower', digits: 2 },
  ],
  rowHeads: ['net'],
  cells: rows.map(({ change, row, paper }) => ({
    id: change,
    row,
    ...(paper && { paper }),
    config: { change },
  })),
  claims: [
    {
      id: 'lrn',
      text: 'response normalization reduces the error',
      cite: '§3.3',
      ...helps('lrn', 1.4),
    },
    {
      id: 'overlapping-pooling',
      text: 'overlapping pooling reduces the error',
      cite: '§3.4',
      ...helps('overlapping-pooling', 0.4),
    },
    {
      id: 'two-gpus',
      text: 'the net on two GPUs errs less than one with half as many kernels on one',
      cite: '§3.2',
      ...helps('two-gpus', 1.7),
    },
    {
      id: 'pca-color',
      text: 'PCA color reduces the top-1 error by over 1%',
      cite: '§4.1',
      ...helps('pca-color', 1),
      margin: 1,
    },
    {
      id: 'depth',
      text: 'removing any of the middle convolutions loses top-1 performance',
      cite: '§7',
      test: 'all',
      of: (['conv2', 'conv3', 'conv4', 'conv5'] as const).map((change) => helps(change, 2)),
    },
    {
      id: 'augmentation',
      text: 'without crops and mirror images the net overfits more',
      cite: '§4.1',
      test: 'better',
      metric: 'gap',
      cell: 'none',
      than: 'augmentation',
    },
    {
      id: 'dropout-overfitting',
      text: 'without dropout the net overfits more',
      cite: '§4.2',
      test: 'better',
      metric: 'gap',
      cell: 'none',
      than: 'dropout',
    },
    {
      id: 'dropout-convergence',
      text: 'dropout roughly doubles the iterations to converge (by at least half)',
      cite: '§4.2',
      test: 'ratio',
      metric: 'epochsToLevel',
      of: 'none',
      to: 'dropout',
      atLeast: 1.5,
    },
  ],
  deviations: [
    ...alexnetDeviations,
    ...testDeviations,
    {
      what: 'a net has converged when its training error, dropout active, first comes down to a level: 70% on synthetic images, 60% on CIFAR-10, 50% on ImageNet',
      why: 'the paper does not say what converging is',
      effect: 'an early level sees less of the slow end of training',
    },
    {
      what: 'every net is tested on ten crops, that without crops in training too',
      why: 'one test for all rows',
      effect:
        'the net that has only seen central crops is at a disadvantage in testing, on training images alike',
    },
    ...inEachTier(alexnetTiers, (settings) => ({
      what: `the error on training images, which the gap starts from, is measured on ${grouped(fittedImages(settings))} of them, on ten crops`,
      why: 'the paper says that a net overfits, and gives no number',
      effect: 'the gap is uncertain by more than the test error is',
    })),
    {
      what: 'a removed layer’s pool stays, and the next layer reads the maps of the one before',
      why: 'the paper does not say',
      effect:
        'maps keep their sizes. Without conv5 fc6 reads conv4’s 384 maps in place of conv5’s 256: 13,824 inputs in place of 9,216, and the net has 79,396,968 parameters in place of 60,965,224. The nets without another layer have 59.9 to 60.3 million',
      when: ({ settings }) => settings.widthScale === 1,
    },
    {
      what: 'a removed layer’s pool stays, and the next layer reads the maps of the one before',
      why: 'the paper does not say',
      effect:
        'maps keep their sizes. Without conv5 fc6 reads conv4’s 48 maps in place of conv5’s 32: 192 inputs in place of 128, and the net has 396,634 parameters in place of 370,810. The nets without another layer have 353,482 to 360,394',
      when: ({ settings }) => settings.widthScale < 1,
    },
    {
      what: 'pools of s = z = 2 leave maps of 14, 7 and 3 pixels where the net’s have 13, 6 and 2: fc6 has 288 inputs in place of 128, the net 452,730 parameters in place of 370,810',
      why: 'crops of 28 pixels give even maps, of which a pool of 2×2 leaves a pixel more than one of 3×3',
      effect:
        'the paper’s two schemes have outputs of equal size. Here the net without overlap has larger maps and a fifth more parameters, and the claim compares these as well',
      when: ({ settings }) => settings.square < 256,
    },
  ],
  overrides: netOverrides,
  tiers: alexnetTiers,
  plan: ({ cell, config, settings, seed }) => {
    const change = config.change
    return compareTests({
      label: String(cell.row),
      seed,
      needs: {
        test: tested(change, 'ten-crop', settings, seed),
        base: tested('none', 'ten-crop', settings, seed),
        fitted: tested(change, 'ten-crop', settings, seed, { of: 'train' }),
        net: trained(change, settings, seed),
      },
      config: { level: settings.converged },
    })
  },
  read: ({ result: { metrics } }) => {
    const { top1, top5, top1Change, top5Change, gap, epochsToLevel } = metrics
    return {
      top1: top1!,
      top5: top5!,
      top1Change: top1Change!,
      top5Change: top5Change!,
      gap: gap!,
      ...(epochsToLevel !== undefined && { epochsToLevel }),
    }
  },
})
