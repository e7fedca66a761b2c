import { cpus, totalmem } from 'node:os'
import type { Environment, StoredResult } from '../../unit/result.js'

/** This machine and these packages, as results record them. */
export const thisEnvironment = (packages: Readonly<Record<string, string>>): Environment => ({
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  packages,
})

/** The results that were made on a machine like this, oldest first. */
export const madeHere = (results: readonly StoredResult[]): readonly StoredResult[] => {
  const { cpu, cores } = thisEnvironment({})
  return results
    .filter(({ environment }) => environment.cpu === cpu && environment.cores === cores)
    .sort((a, b) => a.timing.finishedAt.localeCompare(b.timing.finishedAt))
}
