import { defineUnit } from '@retable/harness'
import { numbersOnly } from './estimates.js'
import type { UnitFactory } from '@retable/harness'
import { whyDiverged } from './diverged.js'
import { epochsTo } from './epochs-to.js'

/** What is read beside the differences. */
export type CompareConfig = {
  /** training error in percent whose first crossing gives `epochsToLevel`; null for none */
  readonly level: number | null
}

/**
 * Sets a net's test (needed unit `test`) against another's (`base`): metrics `top1` and `top5` of the former, and
 * `top1Change` and `top5Change`, what it errs more, in percent points. With `fitted`, its test on training images:
 * `fitted` and `gap`, by how much it errs more on new images. With `net`, its training: `epochsToLevel`, if it got there
 * and did not diverge.
 */
export const compareTests: UnitFactory<CompareConfig> = defineUnit<CompareConfig>({
  kind: 'compare-tests',
  version: 1,
  estimate: () => numbersOnly,
  run: ({ config, needs }) => {
    const { test, base, fitted, net } = needs
    const { top1, top5 } = test!.metrics as { readonly top1: number; readonly top5: number }
    const learned = net && whyDiverged(net) === undefined
    const epochs = learned && config.level !== null ? epochsTo(net.curve, config.level) : undefined
    return {
      metrics: {
        top1,
        top5,
        top1Change: top1 - base!.metrics['top1']!,
        top5Change: top5 - base!.metrics['top5']!,
        ...(fitted && { fitted: fitted.metrics['top1']!, gap: top1 - fitted.metrics['top1']! }),
        ...(epochs !== undefined && { epochsToLevel: epochs }),
      },
    }
  },
})
