import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { requireFrom } from '@retable/core/node'

/**
 * Imports a package that need not be installed, from beside this package or from the folder the program runs in.
 *
 * Bundlers must leave these imports to Node: they cannot know the package, and webpack would replace them by a function that
 * throws.
 *
 * @returns its exports, undefined if it is not installed
 * @throws whatever an installed package throws while it loads
 */
export const importOptional = async (specifier: string): Promise<unknown> => {
  if (isInstalled(requireFrom(import.meta.url), specifier)) {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier)) as unknown
  }
  const here = requireFrom(join(process.cwd(), 'package.json'))
  if (!isInstalled(here, specifier)) return undefined
  const { href } = pathToFileURL(here.resolve(specifier))
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ href)) as unknown
}

const isInstalled = (from: NodeJS.Require, specifier: string): boolean => {
  try {
    from.resolve(`${specifier}/package.json`)
    return true
  } catch {
    return false
  }
}
