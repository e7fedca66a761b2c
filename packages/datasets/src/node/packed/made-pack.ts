import { open } from 'node:fs/promises'
import { RetableError } from '@retable/core/host'
import { explainFileError, systemCode } from '@retable/core/node'
import { checkHead, readHead } from './pack-file.js'
import type { PackHead } from './pack-file.js'
import { readWholeRecords } from './pack-records.js'

/**
 * Whether the pack that `head` describes is there already, and whole; its images are not read.
 *
 * @throws RetableError `mismatch` if something else is there; `corrupt-data` if the pack is damaged; `unavailable`
 * if it cannot be read.
 */
export const isMade = async (file: string, head: PackHead): Promise<boolean> => {
  const explain = (error: unknown): never => {
    throw explainFileError(error, 'read', file)
  }
  const handle = await open(file).catch((error: unknown) =>
    systemCode(error) === 'ENOENT' ? undefined : explain(error),
  )
  if (handle === undefined) return false
  const compare = async () => {
    const found = await readHead(handle)
    if (found === undefined) {
      throw new RetableError(
        'mismatch',
        `${file} is there already and is no pack; name another file`,
      )
    }
    checkHead(found.head, file)
    if (JSON.stringify(found.head) === JSON.stringify(head)) {
      return readWholeRecords(handle, found, file)
    }
    throw new RetableError(
      'mismatch',
      `${file} is there already: ${describe(found.head)}, expected ${describe(head)}; remove it, or name another file`,
    )
  }
  await compare()
    .catch(explain)
    .finally(() => handle.close())
  return true
}

const describe = ({ length, name, encoding, source }: PackHead): string =>
  `a pack of ${length} images of ${name} (${encoding}, fingerprint ${source.slice(0, 12)})`
