import { checkOptions, RetableError, unknownName } from '@retable/core'
import type { AlexNetConvolution } from './alexnet-table.js'
import { alexnetHiddenUnits, alexnetTable } from './alexnet-table.js'
import { checkCount, checkDropout, checkInputSize } from './check-options.js'
import { checkActivation, classifier } from './classifier.js'
import { biasFrom, resolveInitialization } from './initialization.js'
import type { LayerSpec } from '@retable/layers'
import { krizhevskyNorm } from './local-response-norm.js'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { scaleWidth } from './scale-width.js'
import { alexnetOptionNames } from './alexnet-options.js'
import type { AlexNetOptions } from './alexnet-options.js'

/** Standard deviation of §5's initialization. */
const paperStd = 0.01

/**
 * AlexNet (Krizhevsky, Sutskever & Hinton, NIPS 2012), as §3 describes it, and its relatives.
 *
 * Five convolutions and three FC layers; ReLU after each but the last; LRN after conv1 and conv2; 3×3 max-pools of
 * stride 2 after both norms and after conv5; dropout on the first two FC layers. Images [N, H, W, 3] to logits
 * [N, classes]. Parameters are `conv1/kernel` [11, 11, 3, 96], `conv1/bias`, … `fc8/bias`; a grouped kernel is
 * [h, w, in/2, out].
 *
 * - `two-tower`: conv2, conv4 and conv5 in two groups, the paper's two GPUs. Norms run over all maps.
 * - `ungrouped`: the same without groups. `one-gpu`: half the kernels in conv1 to conv4 (§3.2).
 * - `class-notes`: ungrouped, LRN in PyTorch's convention (α divided by the size), dropout before fc6 and fc7, PyTorch's
 *   initialization; fc6 takes 9,216 inputs at 227 pixels and 1,024 at 128.
 * - `torchvision`: `torchvision.models.alexnet`, 64-192-384-256-256 kernels and no LRN; at image sizes other than 224
 *   its adaptive average pool works too.
 *
 * Images of 224 pixels are padded by 2, so that conv1 gives 55×55 as the paper says; others are not padded.
 *
 * @throws RetableError `unknown-name` for an unknown variant, `invalid-argument` for an option out of range,
 * `invalid-shape` for images too small for the pools.
 * @example
 * const model = alexnet({ variant: 'class-notes', classes: 10, inputSize: 128 })
 * const params = model.init(createRandom(1))
 * const logits = model.apply(params, tf.zeros([1, 128, 128, 3]), { training: false })
 */
export const alexnet = (options: AlexNetOptions = {}): Model => {
  checkOptions('alexnet', options, alexnetOptionNames)
  const variant = options.variant ?? 'two-tower'
  if (!Object.hasOwn(alexnetTable, variant)) {
    throw unknownName('AlexNet variant', variant, Object.keys(alexnetTable))
  }
  const table = alexnetTable[variant]
  const inputSize = checkInputSize(options.inputSize ?? table.inputSize)
  const classes = checkCount('classes', options.classes ?? 1000)
  const widthScale = options.widthScale ?? 1
  const hiddenUnits = checkCount(
    'hiddenUnits',
    options.hiddenUnits ?? scaleWidth(alexnetHiddenUnits, widthScale),
  )
  const activation = checkActivation(options.activation ?? 'relu')
  const rate = checkDropout(options.dropout ?? 0.5)
  const form = options.dropoutForm ?? table.dropoutForm
  const inits = resolveInitialization(options.initialization ?? table.initialization, paperStd)
  const raised =
    options.biasInit ?? (inits.biasInitializer.kind === 'pytorchUniform' ? 'pytorch' : 1)
  if (raised !== 'pytorch' && !Number.isFinite(raised)) {
    throw new RetableError(
      'invalid-argument',
      `biasInit is a finite number or 'pytorch', found ${raised}`,
    )
  }
  const widthMultiple = Math.max(...table.convolutions.map(({ groups }) => groups))
  const omitted = checkOmitted(options.omitLayers ?? [])
  const norm = options.localResponseNorm ?? true
  const [poolSize, poolStride] = (options.overlappingPooling ?? true) ? [3, 2] : [2, 2]

  const after = (convolution: AlexNetConvolution, kept: boolean): LayerSpec[] =>
    convolution.then.flatMap((what): LayerSpec[] => {
      const number = convolution.name.slice('conv'.length)
      if (what === 'pool') {
        const name = `pool${number}`
        return [{ kind: 'maxPool', name, size: poolSize, stride: poolStride, padding: 'valid' }]
      }
      if (norm === false || !kept) return []
      return [
        {
          kind: 'localResponseNorm',
          name: `norm${number}`,
          ...krizhevskyNorm,
          convention: table.normConvention,
          ...(norm === true ? {} : norm),
        },
      ]
    })

  const convolutions = table.convolutions.flatMap((convolution, i): LayerSpec[] => {
    const { name, filters, kernelSize, stride, padding, groups, bias } = convolution
    if (omitted.includes(name)) return after(convolution, false)
    const paperPadding = i === 0 && inputSize.every((size) => size === 224) ? 2 : padding
    return [
      {
        kind: 'conv2d',
        name,
        filters: scaleWidth(filters, widthScale, widthMultiple),
        kernelSize,
        strides: stride,
        padding: paperPadding,
        groups,
        ...inits,
        ...(bias === 1 ? { biasInitializer: biasFrom(raised) } : {}),
        ...(i === 0 ? checkFirstLayer(options.firstLayer ?? {}) : {}),
      },
      { kind: activation, name: `${activation}${i + 1}` },
      ...after(convolution, true),
    ]
  })

  return createModel({
    name: `alexnet-${variant}`,
    spec: { kind: 'alexnet', ...options },
    classes,
    inputSize,
    layers: [
      ...convolutions,
      ...classifier({
        classes,
        hiddenUnits,
        activation,
        inits,
        hiddenBias: biasFrom(raised),
        dropout: { rate, form, place: table.dropoutPlace },
        adaptivePool: table.adaptivePool,
      }),
    ],
  })
}

const checkOmitted = (names: readonly string[]): readonly string[] => {
  const known = ['conv2', 'conv3', 'conv4', 'conv5']
  for (const name of names) {
    if (!known.includes(name)) throw unknownName('layer to leave out', name, known)
  }
  return names
}

const checkFirstLayer = (
  first: NonNullable<AlexNetOptions['firstLayer']>,
): NonNullable<AlexNetOptions['firstLayer']> => {
  checkOptions('firstLayer', first, { kernelSize: true, strides: true, padding: true })
  if (first.kernelSize !== undefined) checkCount('firstLayer.kernelSize', first.kernelSize)
  if (first.strides !== undefined) checkCount('firstLayer.strides', first.strides)
  if (first.padding !== undefined && first.padding !== 0) {
    checkCount('firstLayer.padding', first.padding)
  }
  return first
}
