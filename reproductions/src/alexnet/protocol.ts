import type { Cited, Deviation } from '@retable/harness'
import { pcaColorDeviation } from '../units/input.js'
import { cosineWords, inEachTier, testedOn } from '../tiers/tier-deviations.js'
import { alexnetTiers } from './tiers.js'
import type { AlexNetSettings } from './tiers.js'

/** How the nets learn and are tested. */
export const alexnetProtocol: Readonly<Record<string, Cited>> = {
  input: {
    value: 'shorter side 256, central 256×256, the training set’s mean image subtracted',
    cite: '§2',
  },
  augmentation: { value: 'random 224×224 crops and their mirror images; PCA color', cite: '§4.1' },
  'PCA color': { value: 'α ~ N(0, 0.1) once an image and use', cite: '§4.1' },
  dropout: { value: '0.5 in the first two FC layers', cite: '§4.2' },
  'batch size': { value: 128, cite: '§5' },
  momentum: { value: 0.9, cite: '§5' },
  'weight decay': { value: 5e-4, cite: '§5' },
  'learning rate': {
    value: '10⁻², divided by 10 three times when the validation error stops improving',
    cite: '§5',
  },
  length: { value: 'about 90 epochs', cite: '§5' },
  initialization: {
    value: 'N(0, 0.01²); biases 1 in conv2, conv4, conv5 and the hidden FC layers, else 0',
    cite: '§5',
  },
  testing: {
    value: 'ten crops, corners and center and their mirror images, averaged at the soft-max',
    cite: '§4.1',
  },
}

/** What differs from the paper in every table of these nets. */
export const alexnetDeviations: readonly Deviation<AlexNetSettings>[] = [
  {
    what: 'images of 32 pixels, crops of 28: the paper’s 256 and 224 divided by 8',
    why: 'CIFAR-10’s images and the synthetic ones have 32 pixels',
    effect: '25 places for a crop where the paper has 1,024',
    when: ({ settings }) => settings.square < 256,
  },
  {
    what: 'the first layer is 5×5 with stride 1 and padding 2, not 11×11 with stride 4',
    why: 'four times fewer pixels a side would leave the paper’s net nothing to pool',
    effect: 'the net has maps of 28, 13, 6 and 2 pixels, the paper’s of 55, 27, 13 and 6',
    when: ({ settings }) => settings.firstLayer !== null,
  },
  {
    what: 'widths divided by 8; He initialization with biases of 0.1; pixels divided by their standard deviation',
    why: 'nets for two cores; N(0, 0.01²) with biases of 1 does not start within a few hundred updates',
    effect:
      'the paper’s start, of which it says that it accelerates the early stages, is not tested',
    when: ({ settings }) => settings.widthScale < 1,
  },
  ...inEachTier(alexnetTiers, (settings) =>
    settings.schedule === 'plateau'
      ? undefined
      : {
          what: `${cosineWords({ ...settings, updates: settings.steps })}; the paper has about 900,000 updates of 128 images at 0.01, divided by 10 three times`,
          why: 'a table in minutes or hours; rates by trial; clipping keeps the start from being a matter of rounding',
          effect: 'the nets are far from converged; what regularises costs more than it gains',
        },
  ),
  {
    what: 'CIFAR-10 in place of ImageNet',
    why: 'ImageNet takes months on two cores',
    effect:
      'trained to the end on CIFAR-10 (164 epochs, full width) AlexNet errs in about 23%. Expect averaged crops and averaged nets to gain here too, and a removed convolution to cost less than on ImageNet: on maps of 6 pixels there is less to see. Dropout, crops and mirror images pay only once a net overfits, which eight epochs do not reach: their claims about overfitting can be decided here, those about the final error cannot',
    when: ({ settings }) => settings.train.kind === 'cifar10',
  },
  {
    what: 'the rate falls after 5 epochs without a better top-1 error on the validation images’ central crops',
    why: 'the paper watched by hand and does not say how long it waited',
    effect: 'small: the same rates, changed at other epochs',
    when: ({ settings }) => settings.schedule === 'plateau',
  },
  pcaColorDeviation,
]

/** What differs from the paper in the tests of these nets. */
export const testDeviations: readonly Deviation<AlexNetSettings>[] = inEachTier(
  alexnetTiers,
  testedOn,
)
