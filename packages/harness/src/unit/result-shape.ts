import type { StoredArtifact, StoredResult, UsedData } from './result.js'

/** What is wrong with a value, in words after its place: `metrics is "oops", expected an object`; undefined where nothing is. */
type Check = (value: unknown, place: string) => string | undefined

/** What of a result is not of its form, the first place of it; undefined where all is. The curve is left out. */
export const shapeFault = (result: object): string | undefined => resultFault(result, '')

/** The same of a curve, which is read later than the rest. */
export const curveFault = (curve: unknown): string | undefined => isCurve(curve, 'curve')

const is =
  (expected: string, holds: (value: unknown) => boolean): Check =>
  (value, place) =>
    holds(value) ? undefined : `${place} is ${shown(value)}, expected ${expected}`

const shown = (value: unknown): string => {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

const isText = is('text', (value) => typeof value === 'string')
const isNumber = is('a number', (value) => typeof value === 'number')
const isWhole = is('a whole number', Number.isSafeInteger)
const isObject = is(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)
const isArray = is('a list', Array.isArray)

const orNull =
  (check: Check): Check =>
  (value, place) =>
    value === null ? undefined : check(value, place)

const orMissing =
  (check: Check): Check =>
  (value, place) =>
    value === undefined ? undefined : check(value, place)

const listOf =
  (check: Check): Check =>
  (value, place) =>
    isArray(value, place) ??
    first((value as readonly unknown[]).map((item, i) => () => check(item, `${place}[${i}]`)))

const recordOf =
  (check: Check): Check =>
  (value, place) =>
    isObject(value, place) ??
    first(
      Object.entries(value as object).map(
        ([name, item]) =>
          () =>
            check(item, `${place}.${name}`),
      ),
    )

const objectOf =
  <T extends object>(fields: { readonly [K in keyof Required<T>]: Check }): Check =>
  (value, place) =>
    isObject(value, place) ??
    first(
      Object.entries<Check>(fields).map(
        ([name, check]) =>
          () =>
            check(
              (value as Record<string, unknown>)[name],
              place === '' ? name : `${place}.${name}`,
            ),
      ),
    )

/** The first fault there is; checks after it are not made. */
const first = (checks: readonly (() => string | undefined)[]): string | undefined => {
  for (const check of checks) {
    const fault = check()
    if (fault !== undefined) return fault
  }
  return undefined
}

const isCurve = listOf(recordOf(isNumber))

const resultFault = objectOf<Omit<StoredResult, 'curve' | 'format' | 'formatVersion'>>({
  key: isText,
  kind: isText,
  version: isWhole,
  config: isObject,
  seed: orNull(isWhole),
  needs: recordOf(isText),
  label: isText,
  cost: isNumber,
  metrics: recordOf(isNumber),
  extra: isObject,
  artifacts: recordOf(objectOf<StoredArtifact>({ file: isText, sha256: isText, bytes: isWhole })),
  data: listOf(
    objectOf<UsedData>({ request: isObject, fingerprint: isText, note: orMissing(isText) }),
  ),
  backend: orNull(
    objectOf<NonNullable<StoredResult['backend']>>({
      name: isText,
      why: orMissing(isText),
      version: orMissing(isText),
      details: orMissing(isObject),
    }),
  ),
  environment: objectOf<StoredResult['environment']>({
    node: isText,
    platform: isText,
    cpu: isText,
    cores: isNumber,
    memoryGiB: isNumber,
    packages: recordOf(isText),
  }),
  timing: objectOf<StoredResult['timing']>({
    startedAt: isText,
    finishedAt: isText,
    seconds: isNumber,
    openingSeconds: orMissing(isNumber),
    attempts: isWhole,
  }),
  carriedOver: orMissing(listOf(isText)),
  settings: objectOf<StoredResult['settings']>({
    reproduction: isText,
    tier: orNull(isText),
    overrides: recordOf(isNumber),
    seeds: listOf(isWhole),
    sequential: orMissing(
      objectOf<NonNullable<StoredResult['settings']['sequential']>>({
        looks: listOf(isWhole),
        level: isNumber,
      }),
    ),
  }),
  command: listOf(isText),
})
