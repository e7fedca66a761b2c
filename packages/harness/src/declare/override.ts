/** A numeric setting that the command line may change: what it is, and which numbers it takes. */
export interface Override {
  /** A line of help: `updates a net`. */
  readonly help: string
  /** `count`: a whole number of at least 1; `limit`: of at least 0, as 0 is all; `positive`: a number above 0. */
  readonly takes: 'count' | 'limit' | 'positive'
  /** The largest that it takes (default: any). */
  readonly most?: number
}

/** What an override takes, in words: `a whole number of at least 1`. */
export const takenNumbers = ({ takes, most }: Override): string => {
  const numbers = {
    count: 'a whole number of at least 1',
    limit: 'a whole number of at least 0',
    positive: 'a number above 0',
  }[takes]
  return most === undefined ? numbers : `${numbers} and at most ${most}`
}

/** Whether an override takes a number. */
export const takesNumber = ({ takes, most = Infinity }: Override, value: number): boolean => {
  if (!Number.isFinite(value) || value > most) return false
  if (takes === 'positive') return value > 0
  return Number.isSafeInteger(value) && value >= (takes === 'count' ? 1 : 0)
}
