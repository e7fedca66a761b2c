// The tables' settings as options of a tool, as `retable run` takes them: --steps 90 --test-limit 40. Build first.
import { kebab } from '@retable/harness'
import { reproductions } from '../reproductions/dist/reproductions.js'

const every = [...new Set(reproductions.flatMap(({ overrides = {} }) => Object.keys(overrides)))]

/** The options, for parseArgs. */
export const settingOptions = Object.fromEntries(
  every.map((name) => [kebab(name), { type: 'string' }]),
)

/**
 * The settings that were given, by name.
 *
 * @param {Readonly<Record<string, unknown>>} values what parseArgs read
 * @param {readonly string[]} [names] only these; all unless given
 * @returns {Record<string, number>}
 */
export const settingsIn = (values, names = every) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = values[kebab(name)]
      return value === undefined ? [] : [[name, Number(value)]]
    }),
  )
