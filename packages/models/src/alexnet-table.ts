/** A convolution of AlexNet and what follows it, in order. */
export interface AlexNetConvolution {
  readonly name: 'conv1' | 'conv2' | 'conv3' | 'conv4' | 'conv5'
  readonly filters: number
  readonly kernelSize: number
  readonly stride: number
  readonly padding: number
  readonly groups: number
  /** what the bias starts from in §5: 1 means the `biasInit` option */
  readonly bias: 0 | 1
  readonly then: readonly ('norm' | 'pool')[]
}

/** The nets that `alexnet` knows. */
export type AlexNetVariant = 'two-tower' | 'ungrouped' | 'one-gpu' | 'class-notes' | 'torchvision'

// prettier-ignore
const twoTower: readonly AlexNetConvolution[] = [
  { name: 'conv1', filters: 96,  kernelSize: 11, stride: 4, padding: 0, groups: 1, bias: 0, then: ['norm', 'pool'] },
  { name: 'conv2', filters: 256, kernelSize: 5,  stride: 1, padding: 2, groups: 2, bias: 1, then: ['norm', 'pool'] },
  { name: 'conv3', filters: 384, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 0, then: [] },
  { name: 'conv4', filters: 384, kernelSize: 3,  stride: 1, padding: 1, groups: 2, bias: 1, then: [] },
  { name: 'conv5', filters: 256, kernelSize: 3,  stride: 1, padding: 1, groups: 2, bias: 1, then: ['pool'] },
]

// prettier-ignore
const ungrouped: readonly AlexNetConvolution[] = [
  { name: 'conv1', filters: 96,  kernelSize: 11, stride: 4, padding: 0, groups: 1, bias: 0, then: ['norm', 'pool'] },
  { name: 'conv2', filters: 256, kernelSize: 5,  stride: 1, padding: 2, groups: 1, bias: 1, then: ['norm', 'pool'] },
  { name: 'conv3', filters: 384, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 0, then: [] },
  { name: 'conv4', filters: 384, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: [] },
  { name: 'conv5', filters: 256, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: ['pool'] },
]

// §3.2's net of one GPU: half the kernels of each convolution but the last, whose kernels and FC layers stay, so
// that the two nets have about the same number of parameters (the paper's footnote).
// prettier-ignore
const oneGpu: readonly AlexNetConvolution[] = [
  { name: 'conv1', filters: 48,  kernelSize: 11, stride: 4, padding: 0, groups: 1, bias: 0, then: ['norm', 'pool'] },
  { name: 'conv2', filters: 128, kernelSize: 5,  stride: 1, padding: 2, groups: 1, bias: 1, then: ['norm', 'pool'] },
  { name: 'conv3', filters: 192, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 0, then: [] },
  { name: 'conv4', filters: 192, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: [] },
  { name: 'conv5', filters: 256, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: ['pool'] },
]

// torchvision's alexnet is that of Krizhevsky's later "One weird trick" (arXiv 1404.5997) with five narrower
// convolutions and no normalization.
// prettier-ignore
const torchvision: readonly AlexNetConvolution[] = [
  { name: 'conv1', filters: 64,  kernelSize: 11, stride: 4, padding: 2, groups: 1, bias: 0, then: ['pool'] },
  { name: 'conv2', filters: 192, kernelSize: 5,  stride: 1, padding: 2, groups: 1, bias: 1, then: ['pool'] },
  { name: 'conv3', filters: 384, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 0, then: [] },
  { name: 'conv4', filters: 256, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: [] },
  { name: 'conv5', filters: 256, kernelSize: 3,  stride: 1, padding: 1, groups: 1, bias: 1, then: ['pool'] },
]

/** A variant of AlexNet: its convolutions, and where it differs from the paper's recipe around them. */
export interface AlexNetTable {
  readonly convolutions: readonly AlexNetConvolution[]
  readonly inputSize: number
  /** after the two hidden FC layers as in the paper, or before the first two as PyTorch's nets have it */
  readonly dropoutPlace: 'after-hidden' | 'before-dense'
  readonly dropoutForm: 'inverted' | 'scale-at-test'
  readonly initialization: 'paper' | 'pytorch'
  readonly normConvention: 'paper' | 'pytorch'
  /** torchvision's average pool before the FC layers */
  readonly adaptivePool?: number
}

// prettier-ignore
export const alexnetTable: Readonly<Record<AlexNetVariant, AlexNetTable>> = {
  'two-tower':   { convolutions: twoTower,    inputSize: 227, dropoutPlace: 'after-hidden', dropoutForm: 'scale-at-test', initialization: 'paper',   normConvention: 'paper' },
  'ungrouped':   { convolutions: ungrouped,   inputSize: 227, dropoutPlace: 'after-hidden', dropoutForm: 'scale-at-test', initialization: 'paper',   normConvention: 'paper' },
  'one-gpu':     { convolutions: oneGpu,      inputSize: 227, dropoutPlace: 'after-hidden', dropoutForm: 'scale-at-test', initialization: 'paper',   normConvention: 'paper' },
  'class-notes': { convolutions: ungrouped,   inputSize: 227, dropoutPlace: 'before-dense', dropoutForm: 'inverted',      initialization: 'pytorch', normConvention: 'pytorch' },
  'torchvision': { convolutions: torchvision, inputSize: 224, dropoutPlace: 'before-dense', dropoutForm: 'inverted',      initialization: 'pytorch', normConvention: 'pytorch', adaptivePool: 6 },
}

/** Units of the two hidden FC layers. */
export const alexnetHiddenUnits = 4096
