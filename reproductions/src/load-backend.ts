import { backendNames, backendTraits, useBackend } from '@retable/backends'
import type { BackendInUse, BackendName } from '@retable/backends'

/** Loads a backend by its name, with those of the options that it takes: `threads`, or `paths` of the files that a page has. */
export const loadBackend = (
  name: string,
  given: Readonly<Record<string, unknown>>,
): Promise<BackendInUse> => {
  const taken = (one: BackendName): object =>
    Object.fromEntries(
      Object.entries(given).filter(([option]) => backendTraits[one].options.includes(option)),
    )
  const options: Readonly<Record<string, object>> = Object.fromEntries(
    backendNames.map((one) => [one, taken(one)]),
  )
  return useBackend(name as 'auto', name === 'auto' ? options : (options[name] ?? {}))
}
