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
  try {
    return (await import(/* @vite-ignore */ specifier)) as unknown
  } catch (error) {
    if (!isMissing(error, specifier)) throw error
  }
  let file: string
  try {
    file = createRequire(join(process.cwd(), 'package.json')).resolve(specifier)
  } catch {
    return undefined
  }
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as unknown
}

/** Whether it is the package itself that is missing, and not something that it wants: Node's words, or Vite's. */
const isMissing = (error: unknown, specifier: string): boolean =>
  error instanceof Error &&
  ((/^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code)) &&
    error.message.includes(`'${specifier}'`)) ||
    error.message.startsWith(`Could not resolve "${specifier}"`))
