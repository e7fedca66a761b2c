import type { Progress } from './context.js'

/** Less the numbers that are not finite: a message is JSON, in which they would be null. */
export const finiteOnly = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value !== 'number' || isFinite(value)),
  ) as Partial<T>

/** For messages: at most five calls per second, always with the last step; numbers that are not finite are left out. */
export const throttled = (tell: (progress: Progress) => void): ((progress: Progress) => void) => {
  let last = -Infinity
  return (progress) => {
    const now = performance.now()
    if (now - last < 200 && progress.step < progress.steps) return
    last = now
    tell({ ...finiteOnly(progress), step: progress.step, steps: progress.steps })
  }
}
