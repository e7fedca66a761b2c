import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { RetableError } from '@retable/core/host'

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
]

const places = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The Chromium to start: CHROMIUM_PATH, else one on the PATH, else one in the usual place.
 *
 * @throws RetableError `unavailable`, saying what to install or set.
 */
export const findChromium = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): string => {
  const given = env['CHROMIUM_PATH']
  if (given !== undefined && given !== '') {
    if (isProgram(given)) return given
    throw new RetableError(
      'unavailable',
      `CHROMIUM_PATH is ${given}, which is not a program that can be started`,
    )
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const found = [...onPath, ...places].find(isProgram)
  if (found !== undefined) return found
  throw new RetableError(
    'unavailable',
    'no Chromium was found: install one (Debian: apt install chromium), set CHROMIUM_PATH to it, or open a browser of your own with --browser open',
  )
}
