/** Measures the pace of a run: images a second lately, seconds left. */
export interface Pace {
  /** Notes that `images` more images and one more step are done. */
  tick(images: number): void
  /** Over about the last `windowSeconds`; undefined before two ticks. */
  imagesPerSecond(): number | undefined
  /** For `stepsLeft` more steps at the mean pace since the start, pauses for validation included. */
  etaSeconds(stepsLeft: number): number | undefined
}

/** A pace from a clock in milliseconds. */
export const makePace = (now: () => number = () => performance.now(), windowSeconds = 10): Pace => {
  const marks: { time: number; images: number }[] = []
  let first: number | undefined
  let steps = 0
  let images = 0
  return {
    tick: (more) => {
      images += more
      const time = now()
      // The first step compiles and allocates; the mean counts from its end.
      if (first === undefined) first = time
      else steps++
      marks.push({ time, images })
      while (marks.length > 2 && time - marks[0]!.time > windowSeconds * 1000) marks.shift()
    },
    imagesPerSecond: () => {
      const [oldest, newest] = [marks[0], marks.at(-1)]
      if (!oldest || !newest || newest.time <= oldest.time) return undefined
      return ((newest.images - oldest.images) / (newest.time - oldest.time)) * 1000
    },
    etaSeconds: (stepsLeft) =>
      first === undefined || steps === 0
        ? undefined
        : ((now() - first) / 1000 / steps) * Math.max(0, stepsLeft),
  }
}
