import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { cifar10Data, syntheticData } from '../tiers/tier-data.js'
import {
  classNotesMetrics,
  planExperiment,
  readExperiment,
  sharedDeviations,
} from './experiment.js'
import type { ClassNotesCell, ClassNotesSettings, Experiment } from './experiment.js'

const experiment: Experiment = {
  model: { kind: 'alexnet', variant: 'class-notes' },
  label: 'alexnet-class-notes',
  flip: 0.5,
  validation: 0,
  plateau: { factor: 0.2, patience: 5 },
  stopAfter: null,
}

/** The class notes' AlexNet on CIFAR-10, resized to 128 pixels. */
export const alexnetCifar10: Reproduction = defineReproduction<
  ClassNotesCell,
  ClassNotesSettings,
  'accuracy' | 'loss'
>({
  id: 'alexnet-cifar10',
  version: 1,
  title: 'AlexNet on CIFAR-10',
  source: { paper: 'Class notes on AlexNet and VGG', section: 'AlexNet' },
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
  metrics: classNotesMetrics,
  rowHeads: ['part'],
  cells: [
    {
      id: 'train',
      row: 'train',
      paper: { accuracy: 74.3, loss: 0.772 },
      config: { part: 'train' },
    },
    { id: 'test', row: 'test', paper: { accuracy: 71.8, loss: 0.813 }, config: { part: 'test' } },
  ],
  claims: [],
  deviations: [
    ...sharedDeviations,
    {
      what: 'the plateau rule watches the training loss',
      why: 'the notes hold out no validation images here',
      effect: 'the rate falls later than with a validation loss',
    },
    {
      what: 'a quarter of the widths, 67 pixels, four epochs of 2,000 images',
      why: 'minutes on two cores, nothing to download',
      effect: 'the pipeline is the notes’, the numbers are not',
      when: ({ settings }) => settings.widthScale < 1,
    },
  ],
  overrides: {
    epochs: { help: 'passes over the training images', takes: 'count' },
    limit: { help: 'training and test images used (0: all)', takes: 'limit' },
    size: { help: 'side of the resized images', takes: 'count', most: 4096 },
    batchSize: { help: 'images per batch', takes: 'count' },
  },
  tiers: [
    {
      name: 'synthetic',
      describe: 'synthetic images resized to 67 pixels, a quarter of the widths',
      seeds: [1],
      length: { setting: 'epochs', least: 1 },
      settings: {
        ...syntheticData,
        size: 67,
        widthScale: 0.25,
        initialization: 'pytorch',
        epochs: 4,
        batchSize: 64,
        learningRate: 1e-3,
        limit: 2000,
      },
    },
    {
      name: 'cifar10',
      describe: 'CIFAR-10 resized to 128 pixels, as in the notes',
      seeds: [1],
      length: { setting: 'epochs', least: 1 },
      settings: {
        ...cifar10Data,
        size: 128,
        widthScale: 1,
        initialization: 'pytorch',
        epochs: 20,
        batchSize: 64,
        learningRate: 1e-3,
        limit: 0,
      },
    },
  ],
  plan: (request) => planExperiment(experiment, request),
  read: ({ cell, result }) => readExperiment(cell, result.metrics),
})
