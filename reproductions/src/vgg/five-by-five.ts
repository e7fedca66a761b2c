import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { halfOf, sameNet } from '../margins.js'
import { compareTests } from '../units/compare-tests.js'
import { multiplyAdds } from '../units/net.js'
import { netOf, tested, trainedFromScratch } from './nets.js'
import { fromScratchDeviations, testDeviations, trainingProtocol } from './protocol.js'
import { testScale } from './scales.js'
import { netOverrides } from '../tiers/net-tiers.js'
import { grouped, inEachTier } from '../tiers/tier-deviations.js'
import { fromScratchSteps, vggTiers } from './tiers.js'
import { vggPaper } from './source.js'

/** §4.1: B against the shallow net in which each pair of its 3×3 layers is one 5×5 layer. */
export const vgg5x5: Reproduction = defineReproduction({
  id: 'vgg-5x5',
  version: 1,
  title: 'B against its counterpart of 5×5 layers',
  source: { ...vggPaper, section: '4.1' },
  protocol: {
    ...trainingProtocol,
    nets: { value: 'B, and B with each pair of 3×3 layers replaced by one 5×5', cite: '§4.1' },
    testing: { value: 'on a central crop', cite: '§4.1' },
  },
  metrics: [
    {
      ...{ id: 'top1', name: 'top-1 error', unit: '%', better: 'lower', tolerance: 0.5 },
      equivalence: sameNet,
    },
    { id: 'top5', name: 'top-5 error', unit: '%', better: 'lower', tolerance: 0.5 },
    {
      id: 'top1Change',
      name: 'top-1 error above B’s',
      unit: '%',
      better: 'lower',
      tolerance: 0.5,
    },
    { id: 'multiplyAdds', name: 'multiply-adds', unit: 'millions', better: 'lower' },
  ],
  rowHeads: ['net'],
  cells: [
    { id: 'B', row: 'B, two 3×3 layers a stage', config: { variant: 'B' } },
    {
      id: 'B-5x5',
      row: 'one 5×5 layer a stage',
      paper: { top1Change: 7 },
      config: { variant: 'B-5x5' },
    },
  ],
  claims: [
    {
      id: 'small-filters',
      text: 'a deep net with small filters beats a shallow one with larger filters',
      cite: '§4.1',
      test: 'better',
      metric: 'top1',
      cell: 'B',
      than: 'B-5x5',
      equivalence: halfOf(7),
    },
  ],
  deviations: [
    ...fromScratchDeviations,
    ...testDeviations,
    {
      what: 'both nets start from drawn weights (Glorot’s at full size), B not from A as in Table 3',
      why: 'A’s 3×3 layers fit no 5×5 net, and a comparison should start both alike; the paper found Glorot’s weights to do without pre-training (§3.1) and does not say how its shallow net started',
      effect: 'B is not Table 3’s B',
    },
    ...inEachTier(vggTiers, (settings) =>
      settings.fromScratchLength === undefined
        ? undefined
        : {
            what: `both nets learn ${settings.fromScratchLength} times as long as Table 3’s: ${grouped(fromScratchSteps(settings))} updates in place of ${grouped(settings.steps)}`,
            why: 'Table 3’s B starts from a trained A',
            effect: 'B has seen about as many images as Table 3’s B and its A',
          },
    ),
  ],
  overrides: netOverrides,
  tiers: vggTiers,
  plan: ({ config: { variant }, settings: table, seed }) => {
    const settings = { ...table, steps: fromScratchSteps(table) }
    const fresh = settings.initialization === 'paper' ? 'glorot' : settings.initialization
    const testOf = (name: VggVariant) => {
      const net = { ...netOf(name, settings), initialization: fresh }
      const unit = trainedFromScratch(net, settings, seed)
      return tested(net, unit, testScale('256'), 'center-crop', settings, seed)
    }
    return compareTests({
      label: `${variant} against B`,
      seed,
      needs: { test: testOf(variant as VggVariant), base: testOf('B') },
      config: { level: null },
    })
  },
  read: ({ cell, settings, result: { metrics } }) => {
    const variant = cell.config?.['variant'] as VggVariant
    return {
      top1: metrics['top1']!,
      top5: metrics['top5']!,
      top1Change: metrics['top1Change']!,
      multiplyAdds: multiplyAdds(netOf(variant, settings)) / 1e6,
    }
  },
})
