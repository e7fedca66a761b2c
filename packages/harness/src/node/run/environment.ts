import { cpus, totalmem } from 'node:os'
import type { Environment } from '../../unit/result.js'

/** This machine and these packages, as results record them. */
export const thisEnvironment = (packages: Readonly<Record<string, string>>): Environment => ({
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  packages,
})
