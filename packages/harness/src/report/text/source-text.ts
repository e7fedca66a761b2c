import type { Source } from '../../declare/reproduction.js'
import { encodePath } from './encode-path.js'

/** The page of a paper on arXiv, as a URL. */
export const arxivPage = (id: string): string => `https://arxiv.org/abs/${encodePath(id)}`

/** `Simonyan & Zisserman, ICLR 2015, Table 3, §4.1`: the paper and the place in it. */
export const placeOf = ({ paper, table, figure, section }: Source): string =>
  [paper, table, figure, section === undefined ? undefined : `§${section}`]
    .filter((part) => part !== undefined)
    .join(', ')
