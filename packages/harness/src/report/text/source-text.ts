import type { Source } from '../../declare/reproduction.js'

/** `Simonyan & Zisserman, ICLR 2015, Table 3, §4.1`: the paper and the place in it. */
export const placeOf = ({ paper, table, figure, section }: Source): string =>
  [paper, table, figure, section === undefined ? undefined : `§${section}`]
    .filter((part) => part !== undefined)
    .join(', ')
