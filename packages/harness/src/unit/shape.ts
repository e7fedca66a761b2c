import { RetableError, type JsonObject } from '@retable/core/host'
import * as v from 'valibot'

// What results and messages are made of. A schema's message is what was expected in its place. The types are declared
// beside their docstrings; `objectOf` and `messageOf` do not compile if a schema and its type differ.

/** A schema of values that are, or are read as, a T. */
export type Shape<T> = v.GenericSchema<unknown, T>

export const text: Shape<string> = v.string('text')
export const flag: Shape<boolean> = v.boolean('true or false')
export const number: Shape<number> = v.number('a number')
export const positive: Shape<number> = v.pipe(
  v.number('a positive number'),
  v.gtValue(0, 'a positive number'),
)
export const whole: Shape<number> = v.pipe(
  v.number('a whole number'),
  v.safeInteger('a whole number'),
)
/** Plain JSON, not looked into. */
export const object: Shape<JsonObject> = v.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)
export const anything: Shape<unknown> = v.unknown()

export const orNull = <T>(item: Shape<T>): Shape<T | null> => v.nullable(item)

export const listOf = <T>(item: Shape<T>): Shape<readonly T[]> => v.array(item, 'a list')

/** An object of any names. (A record of valibot's own takes lists too, and passes over names such as `constructor`.) */
export const recordOf = <T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  v.pipe(
    object as Shape<Readonly<Record<string, T>>>,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      for (const [key, value] of Object.entries(dataset.value)) {
        const [issue] = item['~run']({ value }, { abortEarly: true }).issues ?? []
        if (!issue) continue
        const { message, input, path = [] } = issue
        const here = { type: 'object', origin: 'value', input: dataset.value, key, value } as const
        return addIssue({ message, input, path: [here, ...path] as [v.IssuePathItem] })
      }
    }),
  )

/** One of a few words. */
export const wordOf = <T extends string>(...words: readonly T[]): Shape<T> =>
  v.picklist(words, words.map((word) => `"${word}"`).join(' or '))

/** A shape that may hold itself. */
export const laterShape = <T>(shape: () => Shape<T>): Shape<T> => v.lazy(shape)

/** A field that may be absent. */
export type Optional<T> = v.ExactOptionalSchema<Shape<T>, undefined>
export const optional = <T>(item: Shape<T>): Optional<T> => v.exactOptional(item)

/** A shape for each field of T; those of optional fields are made by {@link optional}. */
export type FieldsOf<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>
}

/** An object of these fields; what is said of a missing one is what was expected of it. Other fields are let pass. */
export const objectOf = <T>(fields: FieldsOf<T>): Shape<T> =>
  v.pipe(object as Shape<Record<string, unknown>>, fieldsOf(fields)) as unknown as Shape<T>

const fieldsOf = (fields: object) => {
  const entries = fields as v.ObjectEntries
  return v.object(entries, ({ path }) => {
    const missing = entries[String(path?.at(-1)?.key)]
    return missing === undefined ? 'an object' : expectedOf(missing)
  })
}

const expectedOf = (field: object): string => {
  if ('wrapped' in field) return expectedOf(field.wrapped as object)
  return 'message' in field && typeof field.message === 'string' ? field.message : 'an object'
}

/** A message: an object whose `type` says which fields it has. */
export const messageOf = <M extends { readonly type: string }>(fields: {
  readonly [T in M['type']]: FieldsOf<Omit<Extract<M, { readonly type: T }>, 'type'>>
}): Shape<M> => {
  const variants = Object.entries<object>(fields).map(([type, own]) =>
    fieldsOf({ type: v.literal(type), ...own }),
  )
  const types = Object.keys(fields).map((type) => `"${type}"`)
  return v.variant('type', variants as never, `one of ${types.join(', ')}`)
}

/**
 * What is wrong with a value, in words after its place: `metrics is "oops", expected an object`; undefined if nothing is.
 */
export const shapeFaultOf = (shape: Shape<unknown>, value: unknown): string | undefined => {
  const { success, issues } = v.safeParse(shape, value, { abortEarly: true })
  if (success) return undefined
  const [{ path = [], input, message }] = issues
  const place = path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  return `${place || 'it'} is ${shown(input)}, expected ${message}`
}

/**
 * A message as its shape says.
 *
 * @throws RetableError `mismatch` naming who sent it and what is wrong with it: another version of this code.
 */
export const readMessage = <T>(shape: Shape<T>, value: unknown, sender: string): T => {
  const fault = shapeFaultOf(shape, value)
  if (fault === undefined) return value as T
  throw new RetableError(
    'mismatch',
    `${sender} sent a message that this version does not know: ${fault}`,
  )
}

const shown = (value: unknown): string => {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
