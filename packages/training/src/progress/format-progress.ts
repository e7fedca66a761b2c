import { formatDuration } from '@retable/core'
import type { ProgressEvent } from './progress.js'

const count = (n: number): string => (n >= 100 ? n.toFixed(0) : n.toPrecision(3))

/**
 * A progress event in one line: `training 120/900 · epoch 1 · loss 1.234 · lr 0.01 · 250 images/s · 3 min 5 s left`.
 *
 * @example
 * await fit({ …, onProgress: (event) => console.log(formatProgress(event)) })
 */
export const formatProgress = (event: ProgressEvent): string => {
  const { phase, step, steps, epoch, loss, learningRate, imagesPerSecond, etaSeconds } = event
  return [
    `${phase} ${step}${steps === undefined ? '' : `/${steps}`}`,
    epoch !== undefined && `epoch ${epoch}`,
    loss !== undefined && `loss ${loss.toPrecision(4)}`,
    learningRate !== undefined && `lr ${Number(learningRate.toPrecision(4))}`,
    imagesPerSecond !== undefined && `${count(imagesPerSecond)} images/s`,
    etaSeconds !== undefined && `${formatDuration(etaSeconds)} left`,
  ]
    .filter((part) => typeof part === 'string')
    .join(' · ')
}
