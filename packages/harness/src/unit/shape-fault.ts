import * as v from 'valibot'

/**
 * What is wrong with a value, in words after its place: `metrics is "oops", expected an object`; undefined if nothing is.
 * The schema's messages say what was expected.
 */
export const shapeFaultOf = (schema: v.GenericSchema, value: unknown): string | undefined => {
  const { success, issues } = v.safeParse(schema, value, { abortEarly: true })
  if (success) return undefined
  const [{ path = [], input, message }] = issues
  const place = path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  return `${place} is ${shown(input)}, expected ${message}`
}

const shown = (value: unknown): string => {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
