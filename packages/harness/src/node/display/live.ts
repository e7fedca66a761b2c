import { MultiBar, type SingleBar } from 'cli-progress'
import { formatDuration } from '../../report/text/format-number.js'
import type { Estimate } from '../run/estimate.js'
import { unitKey } from '../../unit/unit-key.js'
import type { Display } from './display.js'
import { createPlainDisplay } from './plain.js'
import { progressText, unitName } from './unit-text.js'

/** Bars on a terminal: one for the table and one for each unit at work, with their ETAs; finished units as lines above. */
export const createLiveDisplay = (stream: NodeJS.WriteStream, estimate: Estimate): Display => {
  const bars = new MultiBar({
    stream,
    format: '{bar} {name} {text}',
    barsize: 16,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    linewrap: false,
    clearOnComplete: true,
    fps: 5,
    // Signals are the command's to handle: it waits for checkpoints.
    gracefulExit: false,
  })
  const whole = bars.create(1, 0, { name: 'all', text: '' })
  const units = new Map<string, SingleBar>()
  const lines = createPlainDisplay({ write: (text: string) => bars.log(text) }, estimate, {
    every: Infinity,
  })
  const refresh = () => {
    const { done, total } = estimate.counts()
    const seconds = estimate.remaining()
    const left =
      seconds === undefined ? 'measuring' : seconds > 0 ? `${formatDuration(seconds)} left` : ''
    whole.setTotal(Math.max(1, total))
    whole.update(done, { name: `${done} of ${total}`, text: left })
  }
  // The ETA counts down between events too.
  const timer = setInterval(refresh, 1000)
  timer.unref()
  return {
    note: (event) => {
      lines.note(event)
      switch (event.type) {
        case 'start':
          units.get(unitKey(event.unit))?.stop()
          units.set(
            unitKey(event.unit),
            bars.create(1, 0, { name: unitName(event.unit), text: 'starting' }),
          )
          break
        case 'progress': {
          const bar = units.get(unitKey(event.unit))
          const { step, steps } = event.progress
          bar?.setTotal(Math.max(1, steps))
          const seconds = estimate.leftOf(event.unit)
          const left = seconds ? `, ${formatDuration(seconds)} left` : ''
          bar?.update(step, { text: `${progressText(event.progress)}${left}` })
          return
        }
        case 'done':
        case 'failed':
        case 'retry':
        case 'skipped': {
          const bar = units.get(unitKey(event.unit))
          if (bar) bars.remove(bar)
          units.delete(unitKey(event.unit))
          break
        }
        case 'begin':
        case 'log':
        case 'waiting':
          break
      }
      refresh()
    },
    stop: () => {
      clearInterval(timer)
      bars.stop()
    },
  }
}
