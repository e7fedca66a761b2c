import type { Unit } from '@retable/harness'
import type { ModelSpec, VggVariant } from '@retable/models'
import type { ProtocolSpec } from '@retable/training'
import { learningOf } from '../shared-plan.js'
import { viewsOf } from '../units/configs.js'
import { evaluateNet } from '../units/evaluate-net.js'
import { fusePredictions } from '../units/fuse-predictions.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import { scaleLabels, testScales, trainScales } from './scales.js'
import type { PaperScale } from './scales.js'
import type { VggSettings } from './tiers.js'

/** A VGG net as plain JSON. */
export type VggSpec = Extract<ModelSpec, { readonly kind: 'vgg' }>

/** Which trained net a net starts from (§3.1): those deeper than A from A, S = 384 from S = 256, jittered from S = 384. */
const startsFrom = (
  variant: VggVariant,
  scale: PaperScale,
): { readonly variant: VggVariant; readonly scale: PaperScale } | null => {
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

/** A configuration as a tier builds it. */
export const netOf = (variant: VggVariant, settings: VggSettings): VggSpec => ({
  kind: 'vgg',
  variant,
  classes: settings.classes,
  inputSize: settings.crop,
  widthScale: settings.widthScale,
  initialization: settings.initialization,
  dropout: settings.dropout > 0 ? settings.dropout : false,
  pools: settings.pools,
  ...(settings.poolPadding && { poolPadding: settings.poolPadding }),
})

const tierScale = (size: number, { divisor }: VggSettings): number => Math.round(size / divisor)

/** A net trained at a scale. `start`, if given, is what it starts from: the whole of it, or VGG's pre-training. */
const trainedFrom = (
  net: VggSpec,
  label: string,
  scale: PaperScale,
  start: { readonly unit: Unit; readonly net: VggSpec } | null,
  settings: VggSettings,
  seed: number,
): Unit => {
  const [low, high] = trainScales[scale]
  const sameNet = start?.net.variant === net.variant
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
        color: true,
        pixels: settings.pixels,
      },
      learning: learningOf(settings, settings.learningRate * (sameNet ? settings.handOverRate : 1)),
      startFrom: start && { net: start.net, layers: sameNet ? 'all' : 'vgg-pretraining' },
    },
  })
}

/** The trained net of a configuration and scale, with those that it starts from. */
const trained = (
  variant: VggVariant,
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
export const trainedFromScratch = (net: VggSpec, settings: VggSettings, seed: number): Unit =>
  trainedFrom(net, `${net.variant}, S=256, from scratch`, '256', null, settings, seed)

/** How Tables 3 to 7 and §4.1 show a test image to a net. */
export type Evaluation = 'dense' | 'multi-crop' | 'center-crop'

/** The protocol of that name, in the tier's pixels. */
const protocolOf = (evaluation: Evaluation, { crop, grid }: VggSettings): ProtocolSpec => {
  switch (evaluation) {
    case 'dense':
      return { kind: 'dense' }
    case 'center-crop':
      return { kind: 'centerCrop', size: crop }
    case 'multi-crop':
      return { kind: 'multiCrop', size: crop, grid }
    default:
      return evaluation satisfies never
  }
}

/** The test of a trained net at one Q, given in the paper's pixels. */
export const tested = (
  net: VggSpec,
  unit: Unit,
  Q: number,
  evaluation: Evaluation,
  settings: VggSettings,
  seed: number,
): Unit => {
  const scale = tierScale(Q, settings)
  const protocol = protocolOf(evaluation, settings)
  const limit = evaluation === 'multi-crop' ? settings.cropLimit : settings.testLimit
  const count = limit || settings.testImages
  return evaluateNet({
    label: `${unit.label} at Q=${Q}, ${evaluation}`,
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
  variant: VggVariant,
  scale: PaperScale,
  Q: number,
  evaluation: 'dense' | 'multi-crop',
  settings: VggSettings,
  seed: number,
): Unit => {
  const unit = trained(variant, scale, settings, seed)
  return tested(netOf(variant, settings), unit, Q, evaluation, settings, seed)
}

/** A net's tests at its several scales. */
export const testedAtScales = (
  variant: VggVariant,
  scale: PaperScale,
  evaluation: 'dense' | 'multi-crop',
  settings: VggSettings,
  seed: number,
): readonly Unit[] =>
  testScales(scale).map((Q) => testedAt(variant, scale, Q, evaluation, settings, seed))

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
    cost: tests.length * (limit || settings.testImages),
    needs: Object.fromEntries(tests.map((test, i) => [`test-${i}`, test])),
    config: { limit: limit || null },
  })
