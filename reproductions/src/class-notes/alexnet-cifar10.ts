import type { Reproduction } from '@retable/harness'
import { classNotesTable } from './experiment.js'

/** The class notes' AlexNet on CIFAR-10, resized to 128 pixels. */
export const alexnetCifar10: Reproduction = classNotesTable({
  id: 'alexnet-cifar10',
  title: 'AlexNet on CIFAR-10',
  section: 'AlexNet',
  experiment: {
    model: { kind: 'alexnet', variant: 'class-notes' },
    label: 'alexnet-class-notes',
    flip: 0.5,
    validation: 0,
    plateau: { factor: 0.2, patience: 5 },
    stopAfter: null,
  },
  protocol: {
    net: {
      value: 'AlexNet, ungrouped, LRN with α divided by the size, dropout before fc6 and fc7',
      cite: 'notes, model',
    },
    input: {
      value: 'resized to 128 pixels, mirrored with p = 0.5, normalised',
      cite: 'notes, data',
    },
    optimizer: { value: 'Adam 10⁻³, L2 weight decay 10⁻⁴', cite: 'notes, training' },
    schedule: { value: 'ReduceLROnPlateau, factor 0.2, patience 5', cite: 'notes, training' },
    length: { value: '20 epochs of batches of 64', cite: 'notes, training' },
  },
  paper: { train: { accuracy: 74.3, loss: 0.772 }, test: { accuracy: 71.8, loss: 0.813 } },
  deviations: [
    {
      what: 'the plateau rule watches the training loss',
      why: 'the notes hold out no validation images here',
      effect: 'the rate falls later than with a validation loss',
    },
  ],
  seed: 1,
  initialization: 'pytorch',
  synthetic: {
    describe: 'synthetic images resized to 67 pixels, a quarter of the widths',
    leastEpochs: 1,
    settings: { size: 67, widthScale: 0.25, epochs: 4, batchSize: 64, learningRate: 1e-3 },
  },
  cifar10: { epochs: 20, learningRate: 1e-3 },
})
