import type { Source } from '@retable/harness'

/** The AlexNet paper; each table adds its place. */
export const alexnetPaper: Pick<Source, 'paper' | 'url'> = {
  paper: 'Krizhevsky, Sutskever & Hinton, ImageNet Classification with Deep CNNs, NIPS 2012',
  url: 'https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks',
}
