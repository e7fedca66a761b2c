import { ownValue } from '@retable/core/host'
import type { LeaseHolder } from '@retable/core/node'
import { counted, formatNumber } from '../../report/text/format-number.js'
import type { StoredResult } from '../../unit/result.js'
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

/** What metrics of these names are, in the order in which they are printed. */
const known: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  top1: ['top-1 error', '%'],
  top5: ['top-5 error', '%'],
  loss: ['loss', ''],
  validationTop1: ['validation top-1 error', '%'],
  validationTop5: ['validation top-5 error', '%'],
  validationLoss: ['validation loss', ''],
  trainTop1: ['training top-1 error', '%'],
  trainTop5: ['training top-5 error', '%'],
  trainLoss: ['training loss', ''],
}

/** How long a net was trained, and not what came of it. */
const places = ['step', 'steps', 'epoch', 'epochs', 'learningRate']

/** `top-1 error 31.2%, top-5 error 9.8%`: at most four metrics, in one order however the result came here. */
export const metricsText = ({ metrics }: Pick<StoredResult, 'metrics'>): string => {
  const names = Object.keys(known).filter((name) => Object.hasOwn(metrics, name))
  const others = Object.keys(metrics).filter(
    (name) => !(Object.hasOwn(known, name) || places.includes(name)),
  )
  return [...names, ...others.sort()]
    .slice(0, 4)
    .map((name) => {
      const [called, unit] = ownValue(known, name) ?? [name, '']
      return `${called} ${Number(metrics[name]!.toPrecision(4))}${unit}`
    })
    .join(', ')
}

/** `3 results are there already`. */
export const foundText = (n: number): string =>
  `${counted(n, 'result')} ${n === 1 ? 'is' : 'are'} there already`

/** `process 1234 on this-machine (since …)`. */
export const holderText = (holder: LeaseHolder | undefined): string =>
  holder ? `process ${holder.pid} on ${holder.host}` : 'another process'

/** An error in a sentence; a stack only if asked for. */
export const errorText = (error: unknown, verbose = false): string => {
  if (!(error instanceof Error)) return String(error)
  return verbose ? (error.stack ?? error.message) : error.message
}
