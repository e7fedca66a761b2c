import { unknownName } from '@retable/core'
import { model, modelNames } from '@retable/models'
import type { Model } from '@retable/models'

/** What somebody publishes of a net on ImageNet's 50,000 validation images: accuracies in percent, one center crop. */
export interface PublishedAccuracy {
  readonly top1: number
  readonly top5: number
  readonly source: string
}

const torchvision = 'torchvision, IMAGENET1K_V1: shorter side 256, center crop 224'

/** torchvision's nets: our net of the same layers, and the accuracies in torchvision's documentation of its models. */
export const torchvisionNets: Readonly<
  Record<string, { readonly model: string; readonly published: PublishedAccuracy }>
> = {
  alexnet: {
    model: 'alexnet-torchvision',
    published: { top1: 56.522, top5: 79.066, source: torchvision },
  },
  vgg11: { model: 'vgg-A', published: { top1: 69.02, top5: 88.628, source: torchvision } },
  vgg13: { model: 'vgg-B', published: { top1: 69.928, top5: 89.246, source: torchvision } },
  vgg16: { model: 'vgg-D', published: { top1: 71.592, top5: 90.382, source: torchvision } },
  vgg19: { model: 'vgg-E', published: { top1: 72.376, top5: 90.876, source: torchvision } },
}

/**
 * A net to give weights to, by torchvision's name (vgg16) or by ours (vgg-D), and what is published of it.
 *
 * @throws RetableError `unknown-name` for another name.
 */
export const netNamed = (
  name: string,
): { readonly model: Model; readonly published: PublishedAccuracy | null } => {
  const known = Object.hasOwn(torchvisionNets, name) ? torchvisionNets[name] : undefined
  const names = [...new Set([...Object.keys(torchvisionNets), ...modelNames])]
  if (!names.includes(name)) throw unknownName('model', name, names)
  return { model: model(known?.model ?? name), published: known?.published ?? null }
}
