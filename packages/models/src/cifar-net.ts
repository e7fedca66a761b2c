import { checkOptions, unknownName } from '@retable/core'
import { checkCount, checkInputSize } from './check-options.js'
import { cifarNetTable } from './cifar-net-table.js'
import { checkActivation } from './classifier.js'
import { resolveInitialization } from './initialization.js'
import type { LayerSpec } from '@retable/layers'
import type { Model } from './model.js'
import { createModel } from './model.js'
import { scaleWidth } from './scale-width.js'
import { cifarNetOptionNames } from './cifar-net-options.js'
import type { CifarNetOptions } from './cifar-net-options.js'

/**
 * A small net for CIFAR-10: those that the AlexNet paper's authors published with cuda-convnet, and Caffe's `cifar10_quick`.
 *
 * `conv-local-13pct` and `conv-local-11pct` are the nets of §3.3's "13% without normalization and 11% with"; the second has
 * norms across 9 maps and 64 maps in local3, the first 32. `18pct` is their smaller sibling, with norms within a map; the
 * paper does not say which net Figure 1's is. Images [N, 32, 32, 3] to logits [N, 10]. Pools take 3×3 every 2 pixels, and
 * those at the border what is left of their window. Maps are those of cuda-convnet and Caffe at the sizes that these nets are
 * published at, 32 and 24 pixels; where a map of an odd size is pooled they are a pixel larger (26 pixels: 13, then 7, where
 * theirs have 6). Parameters: `conv1/kernel`, … `local3/kernel` [places, 3·3·in, out], `fc10/bias`.
 *
 * The files put the activation after the first max-pool; it comes before it here, which gives the same for ReLU and tanh.
 *
 * @throws RetableError `unknown-name` for an unknown variant, `invalid-argument` for an option out of range.
 * @example
 * const model = cifarNet({ variant: 'conv-local-11pct', inputSize: 24 })
 */
export const cifarNet = (options: CifarNetOptions = {}): Model => {
  checkOptions('cifarNet', options, cifarNetOptionNames)
  const variant = options.variant ?? 'conv-local-13pct'
  if (!Object.hasOwn(cifarNetTable, variant)) {
    throw unknownName('CIFAR net', variant, Object.keys(cifarNetTable))
  }
  const activation = checkActivation(options.activation ?? 'relu')
  const classes = checkCount('classes', options.classes ?? 10)
  const widthScale = options.widthScale ?? 1
  const hasNorms = options.localResponseNorm ?? true
  const initsOf = (std: number) => resolveInitialization(options.initialization ?? 'paper', std)

  const layers = cifarNetTable[variant].flatMap((entry, i, table): LayerSpec[] => {
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
          { kind: entry.kind === 'conv' ? 'conv2d' : 'locallyConnected2d', ...shared },
          { kind: activation, name: `${activation}${name.at(-1)}` },
        ]
      }
      case 'localResponseNorm':
      case 'withinMapNorm':
        return hasNorms ? [entry] : []
      case 'maxPool':
      case 'avgPool':
        return [{ kind: entry.kind, name: entry.name, size: 3, stride: 2, padding: 'same' }]
      case 'fc': {
        const { name, width, std } = entry
        const units = width === null ? classes : scaleWidth(width, widthScale)
        const isFirst = table[i - 1]?.kind !== 'fc'
        return [
          ...(isFirst ? [{ kind: 'flatten', name: 'flatten' } as const] : []),
          { kind: 'dense', name, units, ...initsOf(std) },
        ]
      }
      default:
        return entry satisfies never
    }
  })
  return createModel({
    name: `cifar-net-${variant}`,
    spec: { kind: 'cifarNet', ...options },
    classes,
    inputSize: checkInputSize(options.inputSize ?? 32),
    layers,
  })
}
