import { formatDuration } from '@retable/core/host'
import { liveLines, progressBar } from '@retable/core/node'
import type { Estimate } from '../run/estimate.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Display, Output } from './display.js'
import { createPlainDisplay } from './plain.js'
import { progressText, unitName } from './unit-text.js'

/** A unit at work. */
interface Bar {
  readonly name: string
  readonly step: number
  readonly steps: number
  readonly text: string
}

/**
 * Bars on a terminal: one for the table and one for each unit at work, with their ETAs; finished units as lines above,
 * and with them whatever else is written to `stream` or `stderr`.
 */
export const createLiveDisplay = (
  stream: Output,
  estimate: Estimate,
  { stderr = process.stderr }: { readonly stderr?: Output } = {},
): Display => {
  const live = liveLines(stream, { others: stderr.isTTY ? [stderr] : [] })
  const units = new Map<string, Bar>()
  const lines = createPlainDisplay(stream, estimate, { every: Infinity })
  const draw = () => {
    const { done, total } = estimate.counts()
    const seconds = estimate.remaining()
    const left =
      seconds === undefined ? 'measuring' : seconds > 0 ? `${formatDuration(seconds)} left` : ''
    live.set([
      `${progressBar(done, Math.max(1, total))} ${done} of ${total} ${left}`,
      ...[...units.values()].map(
        ({ name, step, steps, text }) => `${progressBar(step, steps)} ${name} ${text}`,
      ),
    ])
  }
  // The ETA counts down between events too.
  const timer = setInterval(draw, 1000)
  timer.unref()
  return {
    note: (event) => {
      switch (event.type) {
        case 'start': {
          const name = unitName(event.unit)
          units.set(unitKey(event.unit), { name, step: 0, steps: 1, text: 'starting' })
          break
        }
        case 'progress': {
          const { step, steps } = event.progress
          const seconds = estimate.leftOf(event.unit)
          const left = seconds ? `, ${formatDuration(seconds)} left` : ''
          const text = `${progressText(event.progress)}${left}`
          units.set(unitKey(event.unit), { name: unitName(event.unit), step, steps, text })
          break
        }
        case 'done':
        case 'failed':
        case 'retry':
        case 'skipped':
          units.delete(unitKey(event.unit))
          break
        case 'begin':
        case 'log':
        case 'waiting':
          break
      }
      // First the bars as they are from now on: what is written above draws them again.
      draw()
      lines.note(event)
    },
    stop: () => {
      clearInterval(timer)
      live.stop()
    },
  }
}
