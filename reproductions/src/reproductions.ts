import type { Reproduction } from '@retable/harness'
import { alexnetAblations } from './alexnet/ablations.js'
import { alexnetCifarLrn } from './alexnet/cifar-lrn.js'
import { alexnetFigure1 } from './alexnet/figure1.js'
import { alexnetFigure3 } from './alexnet/figure3.js'
import { alexnetTable1 } from './alexnet/table1.js'
import { alexnetTable2 } from './alexnet/table2.js'
import { caffeQuick } from './caffe/quick.js'
import { alexnetCifar10 } from './class-notes/alexnet-cifar10.js'
import { vggCifar10 } from './class-notes/vgg-cifar10.js'
import { vgg5x5 } from './vgg/five-by-five.js'
import { vggReceptiveField } from './vgg/receptive-field.js'
import { vggTable1 } from './vgg/table1.js'
import { vggTable2 } from './vgg/table2.js'
import { vggTable3 } from './vgg/table3.js'
import { vggTable4 } from './vgg/table4.js'
import { vggTable5 } from './vgg/table5.js'
import { vggTable6 } from './vgg/table6.js'
import { vggTable7 } from './vgg/table7.js'

/** Every table and figure that can be made, in the papers' order. */
export const reproductions: readonly Reproduction[] = [
  vggTable1,
  vggTable2,
  vggTable3,
  vggTable4,
  vggTable5,
  vggTable6,
  vggTable7,
  vggReceptiveField,
  vgg5x5,
  alexnetTable1,
  alexnetTable2,
  alexnetFigure1,
  alexnetFigure3,
  alexnetAblations,
  alexnetCifarLrn,
  caffeQuick,
  alexnetCifar10,
  vggCifar10,
]
