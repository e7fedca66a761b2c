import type { Progress } from './context.js'

/** At most five calls a second; the last step is always passed on. */
export const throttled = (tell: (progress: Progress) => void): ((progress: Progress) => void) => {
  let last = -Infinity
  return (progress) => {
    const now = performance.now()
    if (now - last < 200 && progress.step < progress.steps) return
    last = now
    tell(progress)
  }
}
