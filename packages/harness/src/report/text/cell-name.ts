import type { Cell } from '../../declare/reproduction.js'

/** What people call a cell, by its row and column: `no LRN (§3.3)`, `D, dense`, `C (train S 256, test Q 256)`. */
export const cellName = (
  { row, column }: Pick<Cell, 'row' | 'column'>,
  rowHeads: readonly string[],
): string => {
  const labels = typeof row === 'string' ? [row] : row
  if (column === undefined) return labels.join(', ')
  return `${column} (${labels.map((label, i) => `${rowHeads[i]} ${label}`.trim()).join(', ')})`
}
