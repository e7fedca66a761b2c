import { differences, RetableError, type JsonObject } from '@retable/core/host'
import { urlFiles } from './url-files.js'

/** What is known of a unit that was begun in this browser; kept beside its checkpoints. */
export interface PageAttempts {
  readonly startedAt: string
  /** Seconds worked so far. */
  readonly seconds: number
  readonly attempts: number
  /** Backend, browser, packages: what a checkpoint was made with. */
  readonly software: JsonObject
  /** What differed between attempts and was accepted. */
  readonly carriedOver: readonly string[]
}

/** Notes how a unit is going in its work folder. */
export const writePageAttempts = (workUrl: string, record: PageAttempts): Promise<void> =>
  urlFiles.write(`${workUrl}/attempts.json`, new TextEncoder().encode(JSON.stringify(record)))

/**
 * The record of a new attempt at a unit, after those before it.
 *
 * @throws RetableError `mismatch` if a checkpoint was made with other software, unless `force` is set.
 */
export const nextPageAttempt = async (
  workUrl: string,
  label: string,
  software: JsonObject,
  force: boolean,
): Promise<PageAttempts> => {
  const bytes = await urlFiles.read(`${workUrl}/attempts.json`)
  const fresh = { startedAt: new Date().toISOString(), seconds: 0, attempts: 0, carriedOver: [] }
  let before: PageAttempts | undefined
  try {
    before = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as PageAttempts)
  } catch {
    // Cut short: its checkpoints say for themselves what made them.
  }
  const resumes = (await urlFiles.list(`${workUrl}/checkpoints`)).length > 0
  const differs = resumes && before ? differences(before.software, software) : []
  if (differs.length > 0 && !force) {
    throw new RetableError(
      'mismatch',
      `unit "${label}" was begun with other software: ${differs.join('; ')}`,
    )
  }
  const { startedAt, seconds, attempts, carriedOver } = before ?? fresh
  return {
    ...{ startedAt, seconds, attempts: attempts + 1, software },
    carriedOver: [...carriedOver, ...differs],
  }
}
