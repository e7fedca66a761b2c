import type { JsonObject } from '@retable/core/host'
import * as v from 'valibot'
import { shapeFaultOf } from './shape-fault.js'
import type { BackendInfo, Curve } from './context.js'
import type { Environment, StoredArtifact, StoredResult, UsedData } from './result.js'
import type { PlanSettings } from './settings.js'

// A schema's message is what was expected in its place.
const text = v.string('text')
const number = v.number('a number')
const whole = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'))
const object = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)
const recordOf = <T>(item: v.GenericSchema<T>): v.GenericSchema<Record<string, T>> => {
  // A record by itself takes lists too.
  const some = v.custom<Record<string, T>>((value) => v.is(object, value), 'an object')
  return v.pipe(some, v.record(v.string(), item))
}
const listOf = <T>(item: v.GenericSchema<T>): v.GenericSchema<T[]> => v.array(item, 'a list')

/** An object of these fields; what is said of a missing one is what was expected of it. */
const objectOf = <Fields extends v.ObjectEntries>(
  fields: Fields,
): v.ObjectSchema<Fields, v.ErrorMessage<v.ObjectIssue>> =>
  v.object(fields, ({ path }) => {
    const missing = fields[String(path?.at(-1)?.key)]
    return missing === undefined ? 'an object' : expectedOf(missing)
  })

const expectedOf = (field: object): string => {
  if ('wrapped' in field) return expectedOf(field.wrapped as object)
  return 'message' in field && typeof field.message === 'string' ? field.message : 'an object'
}

const curve: v.GenericSchema<Curve> = listOf(recordOf(number))

const artifact: v.GenericSchema<StoredArtifact> = objectOf({
  file: text,
  sha256: text,
  bytes: whole,
})

const usedData: v.GenericSchema<UsedData> = objectOf({
  request: object,
  fingerprint: text,
  note: v.exactOptional(text),
})

const backend: v.GenericSchema<BackendInfo> = objectOf({
  name: text,
  why: v.exactOptional(text),
  version: v.exactOptional(text),
  details: v.exactOptional(object),
})

const environment: v.GenericSchema<Environment> = objectOf({
  node: text,
  platform: text,
  cpu: text,
  cores: number,
  memoryGiB: number,
  packages: recordOf(text),
})

const timing: v.GenericSchema<StoredResult['timing']> = objectOf({
  startedAt: text,
  finishedAt: text,
  seconds: number,
  openingSeconds: v.exactOptional(number),
  attempts: whole,
})

const settings: v.GenericSchema<PlanSettings> = objectOf({
  reproduction: text,
  tier: v.nullable(text),
  overrides: recordOf(number),
  seeds: listOf(whole),
  sequential: v.exactOptional(objectOf({ looks: listOf(whole), level: number })),
})

const result: v.GenericSchema<Omit<StoredResult, 'curve' | 'format' | 'formatVersion'>> = objectOf({
  key: text,
  kind: text,
  version: whole,
  config: object,
  seed: v.nullable(whole),
  needs: recordOf(text),
  label: text,
  cost: number,
  metrics: recordOf(number),
  extra: object,
  artifacts: recordOf(artifact),
  data: listOf(usedData),
  backend: v.nullable(backend),
  environment,
  timing,
  carriedOver: v.exactOptional(listOf(text)),
  settings,
  command: listOf(text),
})

/** What of a result is not of its form, the first place of it; undefined if all is. The curve is left out. */
export const shapeFault = (value: object): string | undefined => shapeFaultOf(result, value)

/** The same of a curve, which is read later than the rest. */
export const curveFault = (value: unknown): string | undefined =>
  shapeFaultOf(v.object({ curve }), { curve: value })
