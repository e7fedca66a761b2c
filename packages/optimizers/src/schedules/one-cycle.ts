import { checkOptions, RetableError } from '@retable/core'
import { checkInteger, checkPositive } from '../checks.js'
import { withSpec, type Schedule } from './schedule.js'

/** Options of {@link oneCycle}; PyTorch's names and defaults. */
export interface OneCycleOptions {
  /** The highest learning rate, PyTorch's `max_lr`. */
  readonly learningRate: number
  /** All steps of the run, PyTorch's `total_steps`. */
  readonly steps: number
  /** The part of the steps in which the rate rises, over 0 and below 1 (at most 1/2 with `threePhase`). Default 0.3. */
  readonly pctStart?: number
  /** The first rate is the highest divided by this. Default 25. */
  readonly divFactor?: number
  /** The last rate is the first divided by this. Default 10,000. */
  readonly finalDivFactor?: number
  /** How a rate turns into the next: along half a cosine (default) or a line. */
  readonly anneal?: 'cosine' | 'linear'
  /** Whether the rate falls as it rose, and only then to its end. Default false: in one piece. */
  readonly threePhase?: boolean
}

/**
 * The one-cycle schedule (Smith and Topin, 2018): the rate rises to its highest and falls far below where it began.
 *
 * torch.optim.lr_scheduler.OneCycleLR with `cycle_momentum=False`: the momentum stays as it is. The phases end at steps
 * pctStart·steps − 1 and steps − 1 (with `threePhase` also at 2·pctStart·steps − 2). After the last step the last rate stays,
 * while PyTorch's throws.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * oneCycle({ learningRate: 0.1, steps: 7820 })
 */
export const oneCycle = (options: OneCycleOptions): Schedule => {
  checkOptions('oneCycle', options, {
    learningRate: true,
    steps: true,
    pctStart: true,
    divFactor: true,
    finalDivFactor: true,
    anneal: true,
    threePhase: true,
  })
  const { learningRate, steps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options
  const { anneal = 'cosine', threePhase = false } = options
  checkPositive('learningRate', learningRate)
  checkInteger('steps', steps, 1)
  checkPositive('divFactor', divFactor)
  checkPositive('finalDivFactor', finalDivFactor)
  const most = threePhase ? 0.5 : 1
  if (!(pctStart > 0 && pctStart < 1 && pctStart <= most)) {
    throw new RetableError(
      'invalid-argument',
      `pctStart is over 0 and ${threePhase ? 'at most 0.5 with threePhase' : 'below 1'}, found ${String(pctStart)}`,
    )
  }
  if ((anneal as string) !== 'cosine' && (anneal as string) !== 'linear') {
    throw new RetableError(
      'invalid-argument',
      `anneal is 'cosine' or 'linear', found ${String(anneal)}`,
    )
  }
  const first = learningRate / divFactor
  const last = first / finalDivFactor
  const rise = pctStart * steps - 1
  // Where each phase ends, and at what rate.
  const ends: readonly (readonly [step: number, rate: number])[] = [
    [rise, learningRate],
    ...(threePhase ? [[2 * rise, first] as const] : []),
    [steps - 1, last],
  ]
  const between = (from: number, to: number, part: number): number =>
    anneal === 'linear'
      ? from + (to - from) * part
      : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part))

  return withSpec(
    (step) => {
      let [begin, from] = [0, first]
      for (const [end, to] of ends) {
        if (step <= end && end > begin) return between(from, to, (step - begin) / (end - begin))
        ;[begin, from] = [Math.max(end, 0), to]
      }
      return last
    },
    {
      kind: 'oneCycle',
      learningRate,
      steps,
      pctStart,
      divFactor,
      finalDivFactor,
      anneal,
      threePhase,
    },
  )
}
