import type { LockHolder } from '@retable/core/node'
import { formatNumber } from '../../report/format-number.js'
import type { StoredResult } from '../../result.js'
import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'

/** `D, S=256 (seed 1)`. */
export const unitName = ({ label, seed }: Pick<Unit, 'label' | 'seed'>): string =>
  seed === null ? label : `${label} (seed ${seed})`

/** `step 120/900, epoch 2, loss 1.234, 310 images/s, validating`. */
export const progressText = (progress: Progress): string =>
  [
    `step ${progress.step}/${progress.steps}`,
    progress.epoch === undefined ? '' : `epoch ${progress.epoch}`,
    progress.loss === undefined ? '' : `loss ${progress.loss.toFixed(3)}`,
    progress.imagesPerSecond === undefined ? '' : `${rate(progress.imagesPerSecond)} images/s`,
    progress.phase ?? '',
  ]
    .filter(Boolean)
    .join(', ')

const rate = (value: number): string => (value < 10 ? value.toFixed(1) : formatNumber(value, 0))

/** `top1 31.2, top5 9.8`: at most four metrics. */
export const metricsText = ({ metrics }: Pick<StoredResult, 'metrics'>): string =>
  Object.entries(metrics)
    .slice(0, 4)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ')

/** `process 1234 on this-machine (since …)`. */
export const holderText = (holder: LockHolder | undefined): string =>
  holder ? `process ${holder.pid} on ${holder.host}` : 'another process'

/** An error in a sentence; a stack only where asked for. */
export const errorText = (error: unknown, verbose = false): string => {
  if (!(error instanceof Error)) return String(error)
  return verbose ? (error.stack ?? error.message) : error.message
}
