// The nets of the benchmarks: the class notes' nets at their own size, nets as the reduced tiers train them, and the two
// nets for CIFAR-10 that are trained in full. pytorch.py has the same ones.
import { alexnet, cifarNet, vgg } from '@retable/models'
import { adam, sgd } from '@retable/optimizers'

const narrowVgg =
  (letter, { divisor = 8, size = 28, pools = [1, 2, 5] } = {}) =>
  () =>
    vgg(letter, {
      ...{ classes: 10, inputSize: size, widthScale: 1 / divisor, pools },
      ...{ initialization: 'he', dropout: false },
    })

const momentum = () => sgd({ momentum: 0.9, weightDecay: 5e-4, form: 'krizhevsky' })
const notes = () => adam({ weightDecay: 1e-4 })

/** By name: the net, its optimizer, and the images per step. */
export const nets = {
  alexnet: {
    batch: 64,
    make: () => alexnet({ variant: 'class-notes', classes: 10, inputSize: 128 }),
    optimizer: notes,
  },
  'vgg-16': {
    batch: 16,
    make: () => vgg('D', { classes: 10, inputSize: 128, initialization: 'glorot' }),
    optimizer: notes,
  },
  'vgg-11 at 1/8': { batch: 64, make: narrowVgg('A'), optimizer: momentum },
  'vgg-19 at 1/8': { batch: 64, make: narrowVgg('E'), optimizer: momentum },
  'vgg-19 of the tiers': {
    batch: 128,
    make: narrowVgg('E', { pools: [1, 3, 5] }),
    optimizer: momentum,
  },
  'alexnet at 1/8': {
    batch: 64,
    make: () =>
      alexnet({
        variant: 'two-tower',
        classes: 10,
        inputSize: 28,
        widthScale: 1 / 8,
        firstLayer: { kernelSize: 5, strides: 1, padding: 2 },
      }),
    optimizer: momentum,
  },
  'caffe-quick': {
    batch: 100,
    make: () => cifarNet({ variant: 'caffe-quick', initialization: 'he' }),
    optimizer: momentum,
  },
  'conv-local-11pct': {
    batch: 128,
    make: () => cifarNet({ variant: 'conv-local-11pct', inputSize: 24, initialization: 'he' }),
    optimizer: momentum,
  },
}

/** The net of a name: one of those above; or `{ vgg, divisor, size, pools }`, a VGG of a letter, a divisor of the widths, a side. */
export const netOf = (net) =>
  typeof net === 'string' ? nets[net] : { make: narrowVgg(net.vgg, net), optimizer: momentum }
