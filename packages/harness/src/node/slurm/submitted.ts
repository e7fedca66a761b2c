import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { explainFileError, makeFolder, systemCode, writeWholeFile } from '@retable/core/node'
import type { Store } from '../store/store.js'

const folderOf = (store: Store) => join(store.dir, '.work', 'slurm')

/** Writes the script of the workers of a results folder, and returns its path; Slurm makes no folder for their logs. */
export const keepScript = (store: Store, script: string): string => {
  makeFolder(join(store.dir, 'logs'))
  const file = join(makeFolder(folderOf(store)), 'worker.sh')
  writeWholeFile(file, script)
  return file
}

/** Notes in the results folder that a job works on it. */
export const noteSubmitted = (store: Store, job: string): void => {
  writeWholeFile(join(makeFolder(folderOf(store)), `${job}.job`), `${new Date().toISOString()}\n`)
}

/** The jobs that were submitted for a results folder, ended ones among them. */
export const submittedJobs = (store: Store): readonly string[] => {
  try {
    return readdirSync(folderOf(store))
      .filter((name) => name.endsWith('.job'))
      .map((name) => name.slice(0, -4))
      .sort((a, b) => Number(a) - Number(b))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw explainFileError(error, 'read folder', folderOf(store))
  }
}

/** Forgets jobs, once they are not in the queue any more. */
export const forgetSubmitted = (store: Store, jobs: readonly string[]): void => {
  for (const job of jobs) rmSync(join(folderOf(store), `${job}.job`), { force: true })
}
