import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { RetableError } from '@retable/core/host'
import { openStore, type Store } from '../store/store.js'

/**
 * Opens the folder of results of a command that only looks at what is there, or changes it.
 *
 * @throws RetableError `not-found` if there is no such folder.
 */
export const openExistingStore = (dir: string): Store => {
  if (existsSync(dir)) return openStore(dir)
  throw new RetableError(
    'not-found',
    `there is no folder ${dir}; --results names the folder of results`,
  )
}

/**
 * Opens the folder of results of a command that reads it. The one that is taken without `--results` may be missing, and holds
 * nothing then.
 *
 * @throws RetableError `not-found` if there is no such folder and `--results` named it.
 */
export const openStoreToRead = (command: Command, dir: string): Store =>
  command.getOptionValueSource('results') === 'default' ? openStore(dir) : openExistingStore(dir)
