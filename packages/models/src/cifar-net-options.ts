import type { OptionNames } from '@retable/core'
import type { CifarNetVariant } from './cifar-net-table.js'
import type { Activation } from './classifier.js'
import type { Initialization } from './initialization.js'

/** Options of `cifarNet`; every default is the definition file's. */
export interface CifarNetOptions {
  /** `conv-local-13pct` (default), `conv-local-11pct`, `18pct` or `caffe-quick` */
  readonly variant?: CifarNetVariant
  /** classes of the last layer; 10 */
  readonly classes?: number
  /** height and width of the images, or one number for both; 32 */
  readonly inputSize?: number | readonly [number, number]
  /** factor on every width but the classes', rounded as {@link scaleWidth} says; 1 */
  readonly widthScale?: number
  /** What follows each convolution. */
  readonly activation?: Activation
  /** false leaves the file's norms out: the clean ablation; true */
  readonly localResponseNorm?: boolean
  /** `paper`: the definition file's standard deviation for each layer, biases 0 */
  readonly initialization?: Initialization
}

/** The names of {@link CifarNetOptions}. */
export const cifarNetOptionNames: OptionNames<CifarNetOptions> = {
  variant: true,
  classes: true,
  inputSize: true,
  widthScale: true,
  activation: true,
  localResponseNorm: true,
  initialization: true,
}
