import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Imports a package that need not be installed, from beside this package or from the folder the program runs in.
 *
 * @returns its exports, undefined where it is not installed
 * @throws whatever an installed package throws while it loads
 */
export const importOptional = async (specifier: string): Promise<unknown> => {
  if (isInstalled(createRequire(import.meta.url), specifier)) {
    return (await import(/* @vite-ignore */ specifier)) as unknown
  }
  const here = createRequire(join(process.cwd(), 'package.json'))
  if (!isInstalled(here, specifier)) return undefined
  return (await import(/* @vite-ignore */ pathToFileURL(here.resolve(specifier)).href)) as unknown
}

const isInstalled = (from: NodeJS.Require, specifier: string): boolean => {
  try {
    from.resolve(`${specifier}/package.json`)
    return true
  } catch {
    return false
  }
}
