import { createThroughput } from '@retable/core'

/** Says how fast a run's images pass and how long its steps will take, by `createThroughput` of core. */
export interface StepClock {
  /** Notes that `images` more images and one more step are done. */
  tick(images: number): void
  /** Over about the last `windowSeconds`; undefined before two ticks. */
  imagesPerSecond(): number | undefined
  /** For `stepsLeft` more steps at the mean speed since the first, pauses for validation included. */
  etaSeconds(stepsLeft: number): number | undefined
}

/** Begins one, from a clock in seconds. */
export const createStepClock = (
  now: () => number = () => performance.now() / 1000,
  windowSeconds = 10,
): StepClock => {
  const images = createThroughput({ now, windowSeconds })
  const steps = createThroughput({ now, windowSeconds })
  let [seen, done] = [0, 0]
  return {
    tick: (more) => {
      images.reach((seen += more))
      steps.reach(++done)
    },
    imagesPerSecond: () => images.perSecond(),
    etaSeconds: (stepsLeft) => {
      const each = steps.secondsEach()
      return each === undefined ? undefined : each * Math.max(0, stepsLeft)
    },
  }
}
