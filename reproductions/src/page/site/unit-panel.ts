import type { CurvePoint, Unit } from '@retable/harness'
import type { PageListener } from '@retable/harness/page'
import { at, text } from './dom.js'
import { drawCurve } from './live-curve.js'

/** Shows the running unit: its progress, its curve and its last line of log. */
export const followUnit = (unit: Unit, done: number, all: number): PageListener => {
  const points: CurvePoint[] = []
  at('work').hidden = false
  at('work').scrollIntoView({ block: 'nearest' })
  text('unit', unit.seed === null ? unit.label : `${unit.label}, seed ${unit.seed}`)
  text('count', `unit ${done + 1} of ${all}`)
  text('step', 'starting …')
  text('log', '')
  at('curve').replaceChildren()
  let most = 1
  return {
    progress: ({ step, steps, phase, loss, imagesPerSecond }) => {
      const bar = at<HTMLProgressElement>('bar')
      bar.max = steps
      bar.value = step
      most = steps
      const words = [
        `${phase ?? 'training'}: ${step} of ${steps}`,
        ...(loss === undefined ? [] : [`loss ${loss.toPrecision(4)}`]),
        ...(imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toPrecision(3)} images/s`]),
      ]
      text('step', words.join(', '))
    },
    point: (point) => {
      points.push(point)
      drawCurve(at('curve'), points, most)
    },
    log: (line) => text('log', line),
  }
}
