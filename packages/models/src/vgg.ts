import { checkOptions, unknownName } from '@retable/core'
import {
  checkCount,
  checkDropout,
  checkInputSize,
  checkPoolPadding,
  checkPools,
} from './check-options.js'
import { classifier } from './classifier.js'
import { resolveInitialization } from './initialization.js'
import type { LayerSpec } from '@retable/layers'
import { krizhevskyNorm } from './local-response-norm.js'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { scaleWidth } from './scale-width.js'
import type { VggVariant } from './vgg-table1.js'
import { vggHiddenUnits, vggPools, vggTable1 } from './vgg-table1.js'
import { vggOptionNames } from './vgg-options.js'
import type { VggOptions } from './vgg-options.js'

/** Standard deviation of §3.1's initialization: "variance 10⁻²". */
const paperStd = 0.1

/**
 * VGG, a column of Table 1 (Simonyan & Zisserman, arXiv 1409.1556), or B's 5×5 counterpart of §2.3.
 *
 * Convolutions of stride 1, padded so that they keep the map's size, each followed by ReLU; stages end in a 2×2
 * max-pool of stride 2; three FC layers, dropout after the first two. Images [N, H, W, 3] to logits
 * [N, classes]; after five pools the last map is ⌊size/32⌋ pixels wide, 7 at 224 (⌈size/32⌉ with `poolPadding: 'same'`), and
 * fc6 takes what is left of smaller images. Parameters are `conv1_1/kernel` [3, 3, 3, 64], `conv1_1/bias`, … `fc8/bias`.
 *
 * Defaults are the paper's. LRN (A-LRN) is taken after the ReLU and over unscaled α, as AlexNet's paper writes it.
 * Dropout is the inverted form.
 *
 * @throws RetableError `unknown-name` for an unknown variant, `invalid-argument` for an option out of range,
 * `invalid-shape` for images too small for their pools.
 * @example
 * const model = vgg('D', { classes: 10, inputSize: 32, widthScale: 0.25 })
 * const params = model.init(createRandom(1))
 * const logits = model.apply(params, tf.zeros([1, 32, 32, 3]), { training: false })
 */
export const vgg = (variant: VggVariant, options: VggOptions = {}): Model => {
  if (!Object.hasOwn(vggTable1, variant)) {
    throw unknownName('VGG configuration', variant, Object.keys(vggTable1))
  }
  checkOptions('vgg', options, vggOptionNames)
  const widthScale = options.widthScale ?? 1
  const classes = checkCount('classes', options.classes ?? 1000)
  const hiddenUnits = checkCount(
    'hiddenUnits',
    options.hiddenUnits ?? scaleWidth(vggHiddenUnits, widthScale),
  )
  const inits = resolveInitialization(options.initialization ?? 'paper', paperStd)
  const rate = checkDropout(options.dropout ?? 0.5)
  const adaptivePool =
    options.adaptivePool === undefined
      ? undefined
      : checkCount('adaptivePool', options.adaptivePool)
  const pools = checkPools(options.pools ?? vggPools, vggTable1[variant].length)
  const padding = checkPoolPadding(options.poolPadding ?? 'valid')

  const convolutions = vggTable1[variant].flatMap((stage, s): LayerSpec[] => {
    let index = 0
    const layers = stage.flatMap((entry): LayerSpec[] => {
      if (entry === 'LRN') {
        const name = `norm${s + 1}_${index}`
        return [
          { kind: 'localResponseNorm', name, ...krizhevskyNorm, ...options.localResponseNorm },
        ]
      }
      const { kernelSize, width } =
        typeof entry === 'number' ? { kernelSize: 3, width: entry } : entry
      index += 1
      const filters = scaleWidth(width, widthScale)
      const name = `conv${s + 1}_${index}`
      const around = (kernelSize - 1) / 2
      const shape = { filters, kernelSize, strides: 1, padding: around, groups: 1 }
      return [
        { kind: 'conv2d', name, ...shape, ...inits },
        { kind: 'relu', name: `relu${s + 1}_${index}` },
      ]
    })
    const pool = { kind: 'maxPool', name: `pool${s + 1}`, size: 2, stride: 2, padding } as const
    return pools.has(s + 1) ? [...layers, pool] : layers
  })

  return createModel({
    name: `vgg-${variant}`,
    spec: { kind: 'vgg', variant, ...options },
    classes,
    inputSize: checkInputSize(options.inputSize ?? 224),
    layers: [
      ...convolutions,
      ...classifier({
        classes,
        hiddenUnits,
        activation: 'relu',
        inits,
        dropout: { rate, form: 'inverted', place: 'after-hidden' },
        adaptivePool,
      }),
    ],
  })
}
