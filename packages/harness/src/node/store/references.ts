import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileNameOf } from '@retable/core/host'
import { explainFileError, makeFolder, systemCode, writeWholeFile } from '@retable/core/node'
import { decodeReference, type ReferenceResults } from '../../unit/reference.js'

/** Where a folder of results has other implementations' numbers. */
const folderOf = (dir: string): string => join(dir, 'references')

/**
 * Other implementations' results that were imported into a folder of results, by file name.
 *
 * @throws RetableError `corrupt-data` naming a file that is not of their form.
 */
export const readReferences = (dir: string): readonly ReferenceResults[] => {
  const folder = folderOf(dir)
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw explainFileError(error, 'read folder', folder)
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const path = join(folder, name)
      return decodeReference(readFileSync(path, 'utf8'), path)
    })
}

/** Keeps reference results in a folder of results, in place of earlier ones of the same implementation, table and tier. */
export const keepReference = (dir: string, reference: ReferenceResults): string => {
  const { reproduction, tier, implementation, overrides } = reference
  const changed = Object.entries(overrides).map(([name, value]) => `${name} ${value}`)
  const name = fileNameOf([reproduction, tier, implementation, ...changed].join(' '))
  const path = join(makeFolder(folderOf(dir)), `${name}.json`)
  writeWholeFile(path, `${JSON.stringify(reference, null, 2)}\n`)
  return path
}
