/**
 * How fast work is done, from how much of it is done at which time. The first mark is where counting begins, whatever
 * came before it: the start-up and the first step, which compiles and allocates, are never taken for speed.
 */
export interface Throughput {
  /** Notes that so much is done by now: images, steps, or a fraction of the whole. Never less than before. */
  reach(done: number): void
  /** Amount per second over about the last `windowSeconds`; undefined before two marks. */
  perSecond(): number | undefined
  /** Seconds per amount from the first mark until now, pauses included; undefined until more is done than at the first mark. */
  secondsEach(): number | undefined
  /** Where counting begins, in seconds of the clock and in amount done; undefined before the first mark. */
  start(): { readonly at: number; readonly done: number } | undefined
}

/** Options of {@link createThroughput}. */
export interface ThroughputOptions {
  /** A clock in seconds; default `performance.now()`. */
  readonly now?: () => number
  /** How far {@link Throughput.perSecond} looks back; 10. */
  readonly windowSeconds?: number
  /** So many of the first marks count as warming up, as far as they come within `warmUpSeconds` of the first; 1. */
  readonly warmUpMarks?: number
  /** How long the first steps may take that are not counted, in seconds. */
  readonly warmUpSeconds?: number
}

/**
 * Begins to measure a {@link Throughput}.
 *
 * @example
 * const throughput = createThroughput()
 * for (let i = 1; i <= images.length; i++) {
 *   work(images[i - 1])
 *   throughput.reach(i)
 * }
 * console.log(`${throughput.perSecond()} images/s`)
 */
export const createThroughput = ({
  now = () => performance.now() / 1000,
  windowSeconds = 10,
  warmUpMarks = 1,
  warmUpSeconds = Infinity,
}: ThroughputOptions = {}): Throughput => {
  const recent: { readonly at: number; readonly done: number }[] = []
  let began: number | undefined
  let marks = 0
  let start: { readonly at: number; readonly done: number } | undefined
  return {
    reach: (done) => {
      const mark = { at: now(), done }
      marks++
      began ??= mark.at
      if (marks === 1 || (marks <= warmUpMarks && mark.at - began < warmUpSeconds)) start = mark
      recent.push(mark)
      while (recent.length > 2 && mark.at - recent[0]!.at > windowSeconds) recent.shift()
    },
    perSecond: () => {
      const [oldest, newest] = [recent[0], recent.at(-1)]
      if (!oldest || !newest || newest.at <= oldest.at) return undefined
      return (newest.done - oldest.done) / (newest.at - oldest.at)
    },
    secondsEach: () => {
      const newest = recent.at(-1)
      if (!start || !newest || newest.done <= start.done) return undefined
      return (now() - start.at) / (newest.done - start.done)
    },
    start: () => start,
  }
}
