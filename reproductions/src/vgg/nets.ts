import type { Unit } from '@retable/harness'
import type { DataRequest } from '../data/open-data.js'
import { evaluateNet, viewsOf } from '../units/evaluate-net.js'
import type { TestProtocol } from '../units/evaluate-net.js'
import { fusePredictions } from '../units/fuse-predictions.js'
import type { Learning, RateSchedule } from '../units/learning.js'
import { multiplyAdds } from '../units/net.js'
import type { NetConfig } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import { scaleLabels, testScales, trainScales } from './scales.js'
import type { PaperScale } from './scales.js'
import type { VggSettings } from './tiers.js'

/** Which trained net a net starts from (§3.1): those deeper than A from A, S = 384 from S = 256, jittered from S = 384. */
const startsFrom = (
  variant: string,
  scale: PaperScale,
): { readonly variant: string; readonly scale: PaperScale } | null => {
  switch (scale) {
    case '256':
      return variant === 'A' || variant === 'A-LRN' ? null : { variant: 'A', scale }
    case '384':
      return { variant, scale: '256' }
    case '256-512':
      return { variant, scale: '384' }
    default:
      return scale satisfies never
  }
}

/** Epochs without a better validation error before the rate falls; the paper does not say. */
const plateauPatience = 5

const rateOf = (settings: VggSettings, rate: number): RateSchedule =>
  settings.schedule === 'cosine'
    ? { kind: 'cosine', rate, warmup: 0.1 }
    : {
        kind: 'plateau',
        rate,
        factor: 0.1,
        patience: plateauPatience,
        watch: 'validationTop1',
        times: 3,
      }

const learningOf = (settings: VggSettings, handedOver: boolean): Learning => ({
  batchSize: settings.batchSize,
  length: { steps: settings.steps },
  optimizer: { kind: 'sgd', form: 'krizhevsky', momentum: 0.9, weightDecay: 5e-4 },
  rate: rateOf(settings, settings.learningRate * (handedOver ? settings.handOverRate : 1)),
  stopAfter: null,
})

/** A configuration as a tier builds it. */
export const netOf = (variant: string, settings: VggSettings): NetConfig => ({
  name: `vgg-${variant}`,
  classes: settings.classes,
  inputSize: settings.crop,
  widthScale: settings.widthScale,
  initialization: settings.initialization,
  dropout: settings.dropout,
  pools: settings.pools,
})

const tierScale = (size: number, { divisor }: VggSettings): number => Math.round(size / divisor)

/** A net trained at a scale. `start`, where given, is what it starts from: the whole of it, or VGG's pre-training. */
const trainedFrom = (
  net: NetConfig,
  label: string,
  scale: PaperScale,
  start: { readonly unit: Unit; readonly net: NetConfig } | null,
  settings: VggSettings,
  seed: number,
): Unit => {
  const [low, high] = trainScales[scale]
  const sameNet = start?.net.name === net.name
  return trainNet({
    label,
    seed,
    cost: multiplyAdds(net) * 3 * settings.steps * settings.batchSize,
    needs: start ? { start: start.unit } : {},
    config: {
      net,
      data: settings.train,
      limit: settings.limit || null,
      validation: 0,
      ...(settings.schedule === 'plateau' && { validationData: settings.test }),
      input: {
        scale: [tierScale(low, settings), tierScale(high, settings)],
        crop: settings.crop,
        flip: 0.5,
        colour: true,
        pixels: settings.pixels,
      },
      learning: learningOf(settings, sameNet),
      startFrom: start && { net: start.net, layers: sameNet ? 'all' : 'vgg-pretraining' },
    },
  })
}

/** The trained net of a configuration and scale, with those that it starts from. */
const trained = (
  variant: string,
  scale: PaperScale,
  settings: VggSettings,
  seed: number,
): Unit => {
  const from = startsFrom(variant, scale)
  const start = from && {
    net: netOf(from.variant, settings),
    unit: trained(from.variant, from.scale, settings, seed),
  }
  const label = `${variant}, S=${scaleLabels[scale]}`
  return trainedFrom(netOf(variant, settings), label, scale, start, settings, seed)
}

/** A net of any configuration trained at S = 256 from drawn weights. */
export const trainedAfresh = (net: NetConfig, settings: VggSettings, seed: number): Unit =>
  trainedFrom(net, `${net.name.slice('vgg-'.length)}, S=256, afresh`, '256', null, settings, seed)

/** A protocol by its short name, in the tier's pixels. */
const protocolOf = (
  kind: 'dense' | 'multi-crop' | 'centre-crop',
  { crop, grid }: VggSettings,
): TestProtocol => {
  if (kind === 'dense') return { kind }
  if (kind === 'centre-crop') return { kind, size: crop }
  return { kind, size: crop, grid }
}

const imagesIn = (data: DataRequest): number => (data.set === 'imagenet' ? 50_000 : 10_000)

/** The test of a trained net at one Q, given in the paper's pixels. */
export const tested = (
  net: NetConfig,
  unit: Unit,
  Q: number,
  kind: 'dense' | 'multi-crop' | 'centre-crop',
  settings: VggSettings,
  seed: number,
): Unit => {
  const scale = tierScale(Q, settings)
  const protocol = protocolOf(kind, settings)
  const limit = kind === 'multi-crop' ? settings.cropLimit : settings.testLimit
  const count = limit || imagesIn(settings.test)
  return evaluateNet({
    label: `${unit.label} at Q=${Q}, ${kind}`,
    seed,
    cost: multiplyAdds(net) * viewsOf(protocol, scale, settings.crop) * count,
    needs: { net: unit },
    config: {
      net,
      data: settings.test,
      limit: limit || null,
      scale,
      pixels: settings.pixels,
      protocol,
    },
  })
}

/** The test of one of Table 3's nets at one Q. */
export const testedAt = (
  variant: string,
  scale: PaperScale,
  Q: number,
  kind: 'dense' | 'multi-crop',
  settings: VggSettings,
  seed: number,
): Unit => {
  const unit = trained(variant, scale, settings, seed)
  return tested(netOf(variant, settings), unit, Q, kind, settings, seed)
}

/** A net's tests at its several scales. */
export const testedAtScales = (
  variant: string,
  scale: PaperScale,
  kind: 'dense' | 'multi-crop',
  settings: VggSettings,
  seed: number,
): readonly Unit[] =>
  testScales(scale).map((Q) => testedAt(variant, scale, Q, kind, settings, seed))

/** The average of the posteriors of several tests, on the first `limit` examples (0: all). */
export const fused = (
  label: string,
  tests: readonly Unit[],
  limit: number,
  seed: number,
  settings: VggSettings,
): Unit =>
  fusePredictions({
    label,
    seed,
    cost: tests.length * (limit || imagesIn(settings.test)),
    needs: Object.fromEntries(tests.map((test, i) => [`test-${i}`, test])),
    config: { limit: limit || null },
  })
