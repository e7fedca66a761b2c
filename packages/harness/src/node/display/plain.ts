import { formatDuration } from '@retable/core/host'
import type { Estimate } from '../run/estimate.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Display, Output } from './display.js'
import {
  errorText,
  foundText,
  holderText,
  metricsText,
  progressText,
  unitName,
} from './unit-text.js'

/**
 * Lines for logs and pipes: one when a unit starts, one when it is finished, and in between at most one every `every`
 * milliseconds. With `every` Infinity only the last, for a display that shows units at work by itself.
 */
export const createPlainDisplay = (
  out: Output,
  estimate: Estimate,
  { every = 5000, now = () => performance.now() }: { every?: number; now?: () => number } = {},
): Display => {
  const last = new Map<string, number>()
  const began = now()
  const line = (text: string) => out.write(`${text}\n`)
  const count = () => {
    const { done, total } = estimate.counts()
    return `[${done}/${total}]`
  }
  const left = () => {
    const seconds = estimate.remaining()
    return seconds === undefined || seconds === 0 ? '' : `, ${formatDuration(seconds)} left`
  }
  return {
    note: (event) => {
      switch (event.type) {
        case 'begin':
          if (event.found.length > 0) line(foundText(event.found.length))
          return
        case 'start':
          if (event.attempt > 1)
            line(`${count()} ${unitName(event.unit)}: attempt ${event.attempt}`)
          // A step on a slow backend takes minutes: say at once what is at work.
          else if (every < Infinity) line(`${count()} ${unitName(event.unit)}: started`)
          return
        case 'progress':
          if (now() - (last.get(unitKey(event.unit)) ?? began) < every) return
          last.set(unitKey(event.unit), now())
          line(`${count()} ${unitName(event.unit)}: ${progressText(event.progress)}${left()}`)
          return
        case 'log':
          line(`${unitName(event.unit)}: ${event.line}`)
          return
        case 'done': {
          const { made, result, unit } = event
          const how = made ? formatDuration(result.timing.seconds) : 'made by another process'
          const text = [metricsText(result), `(${how})`].filter(Boolean).join(' ')
          line(`${count()} ${unitName(unit)}: ${text}${left()}`)
          return
        }
        case 'retry':
          line(`${unitName(event.unit)}: ${errorText(event.error)}; trying again`)
          return
        case 'failed':
          line(`${count()} ${unitName(event.unit)} failed: ${errorText(event.error)}`)
          return
        case 'skipped':
          line(`${count()} ${unitName(event.unit)} skipped: it needs ${unitName(event.needs)}`)
          return
        case 'waiting':
          line(`${unitName(event.unit)} is being made by ${holderText(event.holder)}`)
          return
      }
    },
    stop: () => undefined,
  }
}
