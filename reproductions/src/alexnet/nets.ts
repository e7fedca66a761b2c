import type { Unit } from '@retable/harness'
import type { ModelSpec } from '@retable/models'
import type { ProtocolSpec } from '@retable/training'
import { learningOf } from '../shared-plan.js'
import { viewsOf } from '../units/configs.js'
import { evaluateNet } from '../units/evaluate-net.js'
import type { TrainInput } from '../units/input.js'
import { multiplyAdds } from '../units/net.js'
import { trainNet } from '../units/train-net.js'
import type { AlexNetSettings } from './tiers.js'

type AlexNetSpec = Extract<ModelSpec, { readonly kind: 'alexnet' }>

/** What is left out of the net, or of its training, or put in place of it (§3, §4). */
export type Change =
  | 'none'
  | 'lrn'
  | 'overlapping-pooling'
  | 'two-gpus'
  | 'pca-color'
  | 'conv2'
  | 'conv3'
  | 'conv4'
  | 'conv5'
  | 'augmentation'
  | 'dropout'

const netOf = (change: Change, settings: AlexNetSettings): AlexNetSpec => {
  const { classes, crop, widthScale, initialization, biasInit, firstLayer } = settings
  const whole: AlexNetSpec = {
    kind: 'alexnet',
    variant: 'two-tower',
    classes,
    inputSize: crop,
    widthScale,
    initialization,
    biasInit,
    dropout: 0.5,
    ...(firstLayer && { firstLayer }),
  }
  switch (change) {
    case 'lrn':
      return { ...whole, localResponseNorm: false }
    case 'overlapping-pooling':
      return { ...whole, overlappingPooling: false }
    case 'two-gpus':
      return { ...whole, variant: 'one-gpu' }
    case 'conv2':
    case 'conv3':
    case 'conv4':
    case 'conv5':
      return { ...whole, omitLayers: [change] }
    case 'dropout':
      return { ...whole, dropout: false }
    case 'none':
    case 'pca-color':
    case 'augmentation':
      return whole
    default:
      return change satisfies never
  }
}

const inputOf = (change: Change, { square, crop, pixels }: AlexNetSettings): TrainInput => {
  const whole: TrainInput = {
    scale: [square, square],
    crop,
    flip: 0.5,
    color: true,
    pixels,
    square: true,
    mean: 'image',
  }
  switch (change) {
    case 'pca-color':
      return { ...whole, color: false }
    case 'augmentation':
      return { ...whole, flip: 0, place: 'center' }
    default:
      return whole
  }
}

/** A trained net, with a change or without; `member`: the k-th further net of the seed, 0 for its own. */
export const trained = (
  change: Change,
  settings: AlexNetSettings,
  seed: number,
  member: number = 0,
): Unit => {
  const net = netOf(change, settings)
  return trainNet({
    label:
      (change === 'none' ? 'AlexNet' : `AlexNet without ${change}`) +
      (member > 0 ? `, net ${member + 1}` : ''),
    seed,
    cost: multiplyAdds(net) * 3 * settings.steps * settings.batchSize,
    config: {
      net,
      data: settings.train,
      limit: settings.limit || null,
      validation: 0,
      ...(settings.schedule === 'plateau' && { validationData: settings.test }),
      input: inputOf(change, settings),
      learning: learningOf(settings),
      startFrom: null,
      ...(member > 0 && { member }),
    },
  })
}

/** On how many training images a net is tested: half as many as on test images. */
export const fittedImages = ({ testLimit, testImages }: AlexNetSettings): number =>
  Math.ceil((testLimit || testImages) / 2)

/** The test of a trained net on ten crops or the central one; `of: 'train'` on half as many training images. */
export const tested = (
  change: Change,
  views: 'ten-crop' | 'center-crop',
  settings: AlexNetSettings,
  seed: number,
  { of = 'test', member = 0 }: { readonly of?: 'test' | 'train'; readonly member?: number } = {},
): Unit => {
  const net = netOf(change, settings)
  const unit = trained(change, settings, seed, member)
  const { crop, square, pixels } = settings
  const protocol: ProtocolSpec = {
    kind: views === 'ten-crop' ? 'tenCrop' : 'centerCrop',
    size: crop,
  }
  const most = of === 'train' ? fittedImages(settings) : settings.testLimit
  return evaluateNet({
    label: `${unit.label}, ${views}${of === 'train' ? ', training images' : ''}`,
    seed,
    cost: multiplyAdds(net) * viewsOf(protocol, square, crop) * (most || settings.testImages),
    needs: { net: unit },
    config: {
      net,
      data: settings[of],
      limit: most || null,
      scale: square,
      square: true,
      pixels,
      protocol,
    },
  })
}
