import type { UnitFactory } from '@retable/harness'
import { compareTests } from './compare-tests.js'
import { countVgg, countVggStage } from './count-vgg.js'
import { evaluateNet } from './evaluate-net.js'
import { firstKernels } from './first-kernels.js'
import { fusePredictions } from './fuse-predictions.js'
import { measureStack } from './measure-stack.js'
import { trainAtBestRate, tryRate } from './train-at-best-rate.js'
import { trainNet } from './train-net.js'

/** Every kind of work that the reproductions plan: a process that is sent a unit as JSON finds its code here. */
export const units: readonly Pick<UnitFactory<never>, 'definition'>[] = [
  trainNet,
  tryRate,
  trainAtBestRate,
  evaluateNet,
  fusePredictions,
  compareTests,
  firstKernels,
  countVgg,
  countVggStage,
  measureStack,
]
