import { formatDuration } from '@retable/core/host'
import type { Plan, Unit } from '@retable/harness'
import { secondsPerCost, sentenceOf } from './backends.js'
import { searchOf, type Choices } from './choices.js'
import { at, notice, text } from './dom.js'

/** What is estimated: the choices, and the backend that would run them. */
export interface Estimated {
  readonly choices: Choices
  readonly backend: string
}

/** How long the units that are left take, from a trial that the reader asks for. */
export interface Estimate {
  /** Shows the estimate if a trial was made with these choices. */
  readonly show: (of: Estimated, pending: readonly Unit[], running: boolean) => void
  /** Trains for two seconds, and remembers the speed. */
  readonly time: (of: Estimated, plan: Plan) => Promise<void>
}

const speedName = ({ choices, backend }: Estimated): string =>
  searchOf({ ...choices, backend, seeds: undefined })

export const createEstimate = (): Estimate => {
  /** Seconds per unit of cost, by table, tier, settings and backend. */
  const speeds = new Map<string, number>()
  return {
    show: (of, pending, running) => {
      const speed = speeds.get(speedName(of))
      const cost = pending.reduce((sum, unit) => sum + unit.cost, 0)
      at<HTMLButtonElement>('time').disabled = running || pending.length === 0
      text(
        'estimate',
        pending.length === 0
          ? ''
          : speed === undefined
            ? 'two seconds of training tell how long it takes'
            : `about ${formatDuration(speed * cost)} on ${of.backend}`,
      )
    },
    time: async (of, plan) => {
      at<HTMLButtonElement>('time').disabled = true
      text('estimate', `training for two seconds on ${of.backend} …`)
      try {
        const speed = await secondsPerCost(plan, of.backend)
        if (speed !== undefined) speeds.set(speedName(of), speed)
      } catch (error) {
        notice(sentenceOf(error), 'error')
      }
    },
  }
}
