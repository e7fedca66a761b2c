import { checkOptions, unknownName } from '@retable/core'
import { checkCount, checkInputSize } from './check-options.js'
import { cifarNetNorm, cifarNetTable } from './cifar-net-table.js'
import { checkActivation } from './classifier.js'
import { resolveInitialization } from './initialization.js'
import type { LayerSpec } from '@retable/layers'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { scaleWidth } from './scale-width.js'
import { cifarNetOptionNames } from './cifar-net-options.js'
import type { CifarNetOptions } from './cifar-net-options.js'

/**
 * A four-layer net for CIFAR-10, after the definition files that the AlexNet paper's authors published with
 * cuda-convnet: the nets of Figure 1 and of §3.3's "13% without normalization and 11% with".
 *
 * `conv-local` is the net of those two numbers; `three-conv` its smaller sibling (18% in 20 minutes). Images
 * [N, 32, 32, 3] to logits [N, 10]. Pools take 3×3 every 2 pixels, and those at the border what is left of their window,
 * as cuda-convnet's do. Parameters: `conv1/kernel`, … `local3/kernel` [places, 3·3·in, out], `fc10/bias`.
 *
 * The paper does not say which net Figure 1's is. Differing from `three-conv`'s file, the norm is across maps, as
 * in the paper, not within them; its ReLU stands before its first pool, which for ReLU and tanh gives the same.
 *
 * @throws RetableError `unknown-name` for a variant that is none, `invalid-argument` for an option out of range.
 * @example
 * const model = cifarNet({ localResponseNorm: true })
 */
export const cifarNet = (options: CifarNetOptions = {}): Model => {
  checkOptions('cifarNet', options, cifarNetOptionNames)
  const variant = options.variant ?? 'conv-local'
  if (!Object.hasOwn(cifarNetTable, variant)) {
    throw unknownName('CIFAR net', variant, Object.keys(cifarNetTable))
  }
  const activation = checkActivation(options.activation ?? 'relu')
  const classes = checkCount('classes', options.classes ?? 10)
  const widthScale = options.widthScale ?? 1
  const norm = options.localResponseNorm ?? false
  const initsOf = (std: number) => resolveInitialization(options.initialization ?? 'paper', std)

  const specs = cifarNetTable[variant].flatMap((entry): LayerSpec[] => {
    switch (entry.kind) {
      case 'conv':
      case 'local': {
        const { name, width, kernelSize, std } = entry
        const shared = {
          name,
          filters: scaleWidth(width, widthScale),
          kernelSize,
          padding: (kernelSize - 1) / 2,
          ...initsOf(std),
        }
        return [
          entry.kind === 'conv'
            ? { kind: 'conv2d', ...shared }
            : { kind: 'locallyConnected2d', ...shared },
          { kind: activation, name: `${activation}${name.at(-1)}` },
        ]
      }
      case 'norm':
        if (norm === false) return []
        return [
          {
            kind: 'localResponseNorm',
            name: entry.name,
            ...cifarNetNorm,
            ...(norm === true ? {} : norm),
          },
        ]
      case 'maxPool':
      case 'avgPool':
        return [{ kind: entry.kind, name: entry.name, size: 3, stride: 2, padding: 'same' }]
      case 'fc':
        return [
          { kind: 'flatten', name: 'flatten' },
          { kind: 'dense', name: entry.name, units: classes, ...initsOf(entry.std) },
        ]
      default:
        return entry satisfies never
    }
  })
  return createModel({
    name: `cifar-net-${variant}`,
    spec: { kind: 'cifarNet', ...options },
    classes,
    inputSize: checkInputSize(options.inputSize ?? 32),
    layers: specs,
  })
}
