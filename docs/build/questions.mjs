// What people ask, and the claim that answers it. tables.mjs refuses a claim that does not exist.

/** @type {readonly { question: string, reproduction: string, claim: string }[]} */
export const questions = [
  {
    question: 'Does local response normalization help AlexNet?',
    reproduction: 'alexnet-ablations',
    claim: 'lrn',
  },
  { question: 'Does LRN help VGG?', reproduction: 'vgg-table3', claim: 'lrn-does-not-help' },
  {
    question: 'Does LRN help a small net on CIFAR-10?',
    reproduction: 'alexnet-cifar-lrn',
    claim: 'normalization',
  },
  { question: 'Does depth help?', reproduction: 'vgg-table3', claim: 'depth' },
  { question: 'Is 19 layers deep enough?', reproduction: 'vgg-table3', claim: 'saturation' },
  {
    question: 'Does AlexNet need all its convolutions?',
    reproduction: 'alexnet-ablations',
    claim: 'depth',
  },
  { question: 'ReLU or tanh?', reproduction: 'alexnet-figure1', claim: 'faster' },
  {
    question: 'Are small filters better than large ones?',
    reproduction: 'vgg-5x5',
    claim: 'small-filters',
  },
  {
    question: 'What do stacked 3×3 layers cost?',
    reproduction: 'vgg-receptive-field',
    claim: 'three-3x3',
  },
  {
    question: 'Does overlapping pooling help?',
    reproduction: 'alexnet-ablations',
    claim: 'overlapping-pooling',
  },
  { question: 'Does scale jittering help?', reproduction: 'vgg-table3', claim: 'scale-jittering' },
  {
    question: 'Does testing at several scales help?',
    reproduction: 'vgg-table4',
    claim: 'several-scales',
  },
  { question: 'Ten crops or one?', reproduction: 'alexnet-table1', claim: 'ten-crops' },
  {
    question: 'Dense or multi-crop evaluation?',
    reproduction: 'vgg-table5',
    claim: 'multi-crop-slightly-better',
  },
  {
    question: 'Is an ensemble better than one net?',
    reproduction: 'alexnet-table2',
    claim: 'five-beat-one',
  },
  {
    question: 'Does data augmentation prevent overfitting?',
    reproduction: 'alexnet-ablations',
    claim: 'augmentation',
  },
  {
    question: 'Does dropout prevent overfitting?',
    reproduction: 'alexnet-ablations',
    claim: 'dropout-overfitting',
  },
  {
    question: 'Does dropout slow training down?',
    reproduction: 'alexnet-ablations',
    claim: 'dropout-convergence',
  },
  {
    question: 'Do the two towers of AlexNet specialize?',
    reproduction: 'alexnet-figure3',
    claim: 'specialization',
  },
  {
    question: 'How many parameters has VGG-16?',
    reproduction: 'vgg-table2',
    claim: 'parameters-D',
  },
]
