import { isRetableError, type JsonObject, type RetableErrorCode } from '@retable/core/host'
import { canonicalJson } from '../../unit/canonical-json.js'
import type { Unit } from '../../unit/unit.js'
import type { Services } from './services.js'

/** What is wrong with the data, and not with the request for it: only the unit knows what it makes of the rest. */
const dataCodes: readonly RetableErrorCode[] = [
  'not-found',
  'corrupt-data',
  'download-failed',
  'unavailable',
]

/**
 * The data sets that a unit opens, as its configuration names them: every object under `data` or under a name that ends in
 * `Data`, at any depth.
 */
export const requestsOf = ({ config }: Pick<Unit, 'config'>): readonly JsonObject[] => {
  const found: JsonObject[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    if (!isObject(value)) return
    for (const [name, inner] of Object.entries(value)) {
      if (/^data$|Data$/.test(name) && isObject(inner)) found.push(inner)
      else visit(inner)
    }
  }
  visit(config)
  return found
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Opens every data set that units name, each once, before any of them runs: a test set that is missing must not be found
 * out after hours of training.
 *
 * @throws RetableError as `openData` does if a data set is missing, damaged or cannot be downloaded; the reason of `signal`.
 */
export const openAhead = async (
  units: readonly Unit[],
  { openData }: Pick<Services, 'openData'>,
  signal: AbortSignal,
): Promise<void> => {
  const requests = new Map(units.flatMap(requestsOf).map((one) => [canonicalJson(one), one]))
  for (const request of requests.values()) {
    signal.throwIfAborted()
    try {
      await openData(request)
    } catch (error) {
      if (isRetableError(error) && dataCodes.includes(error.code)) throw error
    }
  }
}
