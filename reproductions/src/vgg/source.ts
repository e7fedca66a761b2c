import type { Source } from '@retable/harness'

/** The VGG paper; each table adds its place. */
export const vggPaper: Pick<Source, 'paper' | 'arxiv'> = {
  paper: 'Simonyan & Zisserman, Very Deep Convolutional Networks, ICLR 2015',
  arxiv: '1409.1556v6',
}

/** Table 1's columns in the paper's order. */
export const vggColumns = ['A', 'A-LRN', 'B', 'C', 'D', 'E'] as const
