import { expect, test } from 'vitest'
import { reproductions } from './reproductions.js'

/** The papers' numbers, transcribed once more, a line a row: `label: top-1/top-5[/top-5 test] …`; `–` is an empty cell. */
const transcribed: Readonly<Record<string, string>> = {
  'vgg-table3': `
    A-256 29.6/10.4 · A-LRN-256 29.7/10.5 · B-256 28.7/9.9 · C-256 28.1/9.4 · D-256 27.0/8.8 · E-256 27.3/9.0
    C-384 28.1/9.3 · D-384 26.8/8.7 · E-384 26.9/8.7
    C-256-512 27.3/8.8 · D-256-512 25.6/8.1 · E-256-512 25.5/8.0`,
  'vgg-table4': `
    B-256 28.2/9.6 · C-256 27.7/9.2 · D-256 26.6/8.6 · E-256 26.9/8.7
    C-384 27.8/9.2 · D-384 26.5/8.6 · E-384 26.7/8.6
    C-256-512 26.3/8.2 · D-256-512 24.8/7.5 · E-256-512 24.8/7.5
    B-256-single 28.7/9.9 · C-256-single 28.1/9.4 · D-256-single 27.0/8.8 · E-256-single 27.3/9.0
    C-384-single 28.1/9.3 · D-384-single 26.8/8.7 · E-384-single 26.9/8.7
    C-256-512-single 27.3/8.8 · D-256-512-single 25.6/8.1 · E-256-512-single 25.5/8.0`,
  'vgg-table5': `
    D-dense 24.8/7.5 · D-multi-crop 24.6/7.5 · D-both 24.4/7.2
    E-dense 24.8/7.5 · E-multi-crop 24.6/7.4 · E-both 24.4/7.1`,
  'vgg-table6': `
    submission 24.7/7.5/7.3 · two-dense 24.0/7.1/7.0 · two-multi-crop 23.9/7.2/– · two-both 23.7/6.8/6.8`,
  'vgg-table7': `
    vgg-2 23.7/6.8/6.8 · vgg-1 24.4/7.1/7.0 · vgg-7 24.7/7.5/7.3
    googlenet-1 –/7.9/7.9 · googlenet-7 –/6.7/6.7 · msra-11 –/–/8.1 · msra-1 27.9/9.1/9.1
    clarifai –/–/11.7 · clarifai-1 –/–/12.5
    zeiler-fergus-6 36.0/14.7/14.8 · zeiler-fergus-1 37.5/16.0/16.1
    overfeat-7 34.0/13.2/13.6 · overfeat-1 35.7/14.2/–
    krizhevsky-5 38.1/16.4/16.4 · krizhevsky-1 40.7/18.2/–`,
  'alexnet-table1': `
    sparse-coding 47.1/28.2 · sift-fvs 45.7/25.7 · cnn 37.5/17.0 · cnn-one-crop 39.0/18.3`,
  'alexnet-table2': `
    sift-fvs –/–/26.2 · one 40.7/18.2/– · five 38.1/16.4/16.4
    one-pre-trained 39.0/16.6/– · seven-pre-trained 36.7/15.4/15.3`,
}

const parse = (text: string) =>
  Object.fromEntries(
    text
      .split(/·|\n/)
      .map((entry) => entry.trim())
      .filter(Boolean)
      .map((entry) => {
        const [id, numbers] = entry.split(' ') as [string, string]
        const named = numbers
          .split('/')
          .map((number, i) => [['top1', 'top5', 'top5Test'][i], number])
        const given = named.filter(([, number]) => number !== '–')
        return [id, Object.fromEntries(given.map(([name, number]) => [name, Number(number)]))]
      }),
  ) as Record<string, Record<string, number>>

test.each(Object.keys(transcribed))('%s has the paper’s numbers', (id) => {
  const { cells } = reproductions.find((one) => one.id === id)!
  expect(Object.fromEntries(cells.map((cell) => [cell.id, cell.paper ?? {}]))).toEqual(
    parse(transcribed[id]!),
  )
})

test('the ablations have the paper’s changes, 13% becomes 11%, and the 5×5 net errs 7% more', () => {
  const paperOf = (id: string) =>
    Object.fromEntries(
      reproductions.find((one) => one.id === id)!.cells.map((cell) => [cell.id, cell.paper ?? {}]),
    )
  expect(paperOf('alexnet-ablations')).toEqual({
    none: {},
    lrn: { top1Change: 1.4, top5Change: 1.2 },
    'overlapping-pooling': { top1Change: 0.4, top5Change: 0.3 },
    'two-gpus': { top1Change: 1.7, top5Change: 1.2 },
    'pca-color': {},
    conv2: { top1Change: 2 },
    conv3: { top1Change: 2 },
    conv4: { top1Change: 2 },
    conv5: { top1Change: 2 },
    augmentation: {},
    dropout: {},
  })
  expect(paperOf('alexnet-cifar-lrn')).toEqual({
    '13pct': { top1: 13 },
    '11pct': { top1: 11 },
    without: {},
    with: {},
  })
  expect(paperOf('caffe-quick')).toEqual({ tenth: { accuracy: 55 }, whole: { accuracy: 75.3 } })
  expect(paperOf('vgg-5x5')).toEqual({ B: {}, 'B-5x5': { top1Change: 7 } })
})
