import type { OptionNames } from '@retable/core'
import type { Initialization } from './initialization.js'
import type { NormConstants } from './local-response-norm.js'

/** Options of `vgg`; every default is the paper's. */
export interface VggOptions {
  /** classes of the last layer; 1000 */
  readonly classes?: number
  /** height and width of the images, or one number for both; 224; at least 2 to the number of `pools`, 32 with all five */
  readonly inputSize?: number | readonly [number, number]
  /** factor on every width but the classes', rounded as {@link scaleWidth} says; 1 */
  readonly widthScale?: number
  /** units of the two hidden FC layers, taken as given; 4096 · widthScale */
  readonly hiddenUnits?: number
  /** `paper`: normal of mean 0 and variance 10⁻² */
  readonly initialization?: Initialization
  /** the probability that a unit of the two hidden FC layers is dropped; 0.5; false leaves the dropout out */
  readonly dropout?: number | false
  /** A-LRN's constants if they are not AlexNet's */
  readonly localResponseNorm?: Partial<NormConstants>
  /** torchvision's average pool to this many pixels before the FC layers, which then fit any image size; none */
  readonly adaptivePool?: number
  /** the stages that end in a max-pool; [1, 2, 3, 4, 5], the paper's. Fewer are for small images: each halves the map */
  readonly pools?: readonly number[]
  /**
   * how pools treat maps of an odd size: `valid` drops the last row and column, as every release of VGG does; `same` rounds
   * up, PyTorch's `ceil_mode`; `valid`
   */
  readonly poolPadding?: 'valid' | 'same'
}

/** The names of {@link VggOptions}. */
export const vggOptionNames: OptionNames<VggOptions> = {
  classes: true,
  inputSize: true,
  widthScale: true,
  hiddenUnits: true,
  initialization: true,
  dropout: true,
  localResponseNorm: true,
  adaptivePool: true,
  pools: true,
  poolPadding: true,
}
