import { createRequire } from 'node:module'

/** The version of this package, which decides the verdicts. */
export const harnessVersion = (): string =>
  (createRequire(import.meta.url)('@retable/harness/package.json') as { version: string }).version
