import type { Reproduction } from '@retable/harness'
import { alexnetCifar10 } from './class-notes/alexnet-cifar10.js'
import { vggCifar10 } from './class-notes/vgg-cifar10.js'
import { vggReceptiveField } from './vgg/receptive-field.js'
import { vggTable1 } from './vgg/table1.js'
import { vggTable2 } from './vgg/table2.js'
import { vggTable3 } from './vgg/table3.js'

/** Every table and figure that can be made, in the papers' order. */
export const reproductions: readonly Reproduction[] = [
  vggTable1,
  vggTable2,
  vggTable3,
  vggReceptiveField,
  alexnetCifar10,
  vggCifar10,
]
