import { isRetableError, RetableError } from '@retable/core'
import type { BackendName } from './drivers/index.js'

/** One backend that was looked at: taken, or why not. */
export interface Considered {
  /** The backend that was looked at. */
  readonly name: BackendName
  /** Whether it loaded, and so was taken. */
  readonly ok: boolean
  /** If `ok`, what was loaded; otherwise, in a sentence, why it was not. */
  readonly reason: string
}

/** The backend that {@link firstThatLoads} came to. */
export interface BackendChoice {
  readonly name: BackendName
  /** Why this one: a sentence for people. */
  readonly why: string
  /** Every backend that was tried, in the order tried; the last is the one in use. */
  readonly considered: readonly Considered[]
}

/**
 * Tries backends one after the other until one loads.
 *
 * @param activate loads one and says what it is, or throws a RetableError 'unavailable'
 * @throws RetableError 'unavailable' if none loads; whatever else `activate` throws
 */
export const firstThatLoads = async (
  order: readonly BackendName[],
  activate: (name: BackendName) => Promise<string>,
): Promise<BackendChoice> => {
  const considered: Considered[] = []
  for (const name of order) {
    try {
      const detail = await activate(name)
      const failed = considered.map((c) => `; not ${c.name}: ${c.reason}`).join('')
      considered.push({ name, ok: true, reason: detail })
      return { name, why: `the fastest that loads here (${detail})${failed}`, considered }
    } catch (error) {
      if (!isRetableError(error) || error.code !== 'unavailable') throw error
      considered.push({ name, ok: false, reason: error.message })
    }
  }
  throw new RetableError(
    'unavailable',
    `no backend loads here: ${considered.map((c) => `${c.name}: ${c.reason}`).join('; ')}`,
  )
}
