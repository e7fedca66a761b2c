import type { OptionNames } from '@retable/core'
import type { AlexNetVariant } from './alexnet-table.js'
import type { Activation } from './classifier.js'
import type { Initialization } from './initialization.js'
import type { NormConstants } from './local-response-norm.js'

/** Options of `alexnet`; every default is the paper's, or the variant's own. */
export interface AlexNetOptions {
  /** `two-tower` (grouped, the paper's net; default), `ungrouped`, `one-gpu`, `class-notes` or `torchvision` */
  readonly variant?: AlexNetVariant
  /** classes of the last layer; 1000 */
  readonly classes?: number
  /** height and width of the images, or one number for both; 227 (224 in torchvision's) */
  readonly inputSize?: number | readonly [number, number]
  /** factor on every width but the classes', rounded as {@link scaleWidth} says, to even numbers in two towers; 1 */
  readonly widthScale?: number
  /** units of the two hidden FC layers, taken as given; 4096 · widthScale */
  readonly hiddenUnits?: number
  /** `paper`: normal of mean 0 and standard deviation 0.01; `pytorch` in class-notes and torchvision */
  readonly initialization?: Initialization
  /** where the biases of conv2, conv4, conv5, fc6 and fc7 start, the others at 0; 1, or PyTorch's under `pytorch` */
  readonly biasInit?: number | 'pytorch'
  /** `relu`, or the paper's other net of Figure 1, `tanh` */
  readonly activation?: Activation
  /** false leaves the normalization out; constants override the paper's (not for torchvision's, which has none) */
  readonly localResponseNorm?: boolean | Partial<NormConstants>
  /**
   * 3×3 pools of stride 2; false: 2×2 of stride 2, the paper's s = z = 2. Both leave maps of the same size if the maps before have an
   * odd one, as at 224 and 227 pixels; of an even size 2×2 pools leave a pixel more, and fc6 has more inputs
   */
  readonly overlappingPooling?: boolean
  /** the probability that a unit is dropped; 0.5; false leaves the dropout out */
  readonly dropout?: number | false
  /** the paper's form halves the outputs in test; `inverted` doubles them in training instead */
  readonly dropoutForm?: 'inverted' | 'scale-at-test'
  /**
   * the middle convolutions to leave out, each with its activation and normalization; none. Its pool stays, and the next layer reads
   * the maps of the one before: without conv5 fc6 reads conv4's 384 maps, half as many again
   */
  readonly omitLayers?: readonly ('conv2' | 'conv3' | 'conv4' | 'conv5')[]
  /** another first layer for images much smaller than the paper's; 11×11, stride 4, padding 2 at 224 and else 0 */
  readonly firstLayer?: {
    readonly kernelSize?: number
    readonly strides?: number
    readonly padding?: number
  }
}

/** The names of {@link AlexNetOptions}. */
export const alexnetOptionNames: OptionNames<AlexNetOptions> = {
  variant: true,
  classes: true,
  inputSize: true,
  widthScale: true,
  hiddenUnits: true,
  initialization: true,
  biasInit: true,
  activation: true,
  localResponseNorm: true,
  overlappingPooling: true,
  dropout: true,
  dropoutForm: true,
  omitLayers: true,
  firstLayer: true,
}
