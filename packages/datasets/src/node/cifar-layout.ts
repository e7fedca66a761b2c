/** The two splits of both CIFAR sets. */
export type CifarSplit = 'train' | 'test'

/** Where the official files of a CIFAR set are, and what they hold. */
export interface CifarLayout {
  readonly folder: string
  readonly archive: string
  readonly url: string
  /** the archive's published MD5 */
  readonly md5: string
  readonly files: Readonly<Record<CifarSplit, readonly string[]>>
  /** records in each of a split's files */
  readonly records: Readonly<Record<CifarSplit, number>>
}

export const cifar10Layout: CifarLayout = {
  folder: 'cifar-10-batches-bin',
  archive: 'cifar-10-binary.tar.gz',
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  files: {
    train: [
      'data_batch_1.bin',
      'data_batch_2.bin',
      'data_batch_3.bin',
      'data_batch_4.bin',
      'data_batch_5.bin',
    ],
    test: ['test_batch.bin'],
  },
  records: { train: 10_000, test: 10_000 },
}

export const cifar100Layout: CifarLayout = {
  folder: 'cifar-100-binary',
  archive: 'cifar-100-binary.tar.gz',
  url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
  md5: '03b5dce01913d631647c71ecec9e9cb8',
  files: { train: ['train.bin'], test: ['test.bin'] },
  records: { train: 50_000, test: 10_000 },
}
