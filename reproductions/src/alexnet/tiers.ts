import type { JsonOf } from '@retable/core'
import type { Tier } from '@retable/harness'
import type { AlexNetOptions } from '@retable/models'
import { cifar10, imagenet, synthetic } from '../tiers/net-tiers.js'
import type { NetSettings } from '../tiers/net-tiers.js'

/** What a tier decides. The same for all tables of these nets, which share them. */
export type AlexNetSettings = NetSettings & {
  /** side of the central square that crops come from, in pixels; the paper's is 256 */
  readonly square: number
  /** the first layer where images are small; null: the paper's 11×11, stride 4 */
  readonly firstLayer: JsonOf<NonNullable<AlexNetOptions['firstLayer']>> | null
  /** where the biases of conv2, conv4, conv5 and the hidden FC layers start; the paper's is 1 */
  readonly biasInit: number
  /** training error in percent that counts as converged, for how long dropout takes */
  readonly converged: number
}

const reduced = {
  square: 32,
  firstLayer: { kernelSize: 5, strides: 1, padding: 2 },
  biasInit: 0.1,
} as const

/** The tiers of all tables of these nets, quickest first: the nets are the same ones. */
export const alexnetTiers: readonly Tier<AlexNetSettings>[] = [
  {
    ...synthetic,
    settings: {
      ...synthetic.settings,
      ...reduced,
      // By trial with seeds 6 to 9, ten crops: 35.3 ± 7.5% at 0.02, 25.6 ± 2.9 at 0.04, 21.3 ± 0.6 at 0.08.
      learningRate: 0.08,
      steps: 200,
      converged: 70,
    },
  },
  {
    ...cifar10,
    // As VGG's reduced nets, by the trials that vgg/tiers.ts names.
    settings: { ...cifar10.settings, ...reduced, learningRate: 0.03, converged: 60 },
  },
  {
    ...imagenet,
    settings: {
      ...imagenet.settings,
      square: 256,
      firstLayer: null,
      biasInit: 1,
      batchSize: 128,
      // 90 epochs of 1,281,167 images, to the nearest thousand
      steps: 901_000,
      converged: 50,
    },
  },
]
