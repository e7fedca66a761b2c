import { RetableError } from '@retable/core'
import { explainFileError, systemCode } from '@retable/core/node'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

/**
 * Opens a file to read it.
 *
 * @throws RetableError `not-found` if there is none; `invalid-argument` for a folder; `unavailable` if it cannot be read
 */
export const openFile = async (path: string): Promise<FileHandle> => {
  const file = await open(path, 'r').catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw explainFileError(cause, 'read', path)
    throw new RetableError('not-found', `there is no file ${path}`, { cause })
  })
  if ((await file.stat()).isDirectory()) {
    await file.close()
    throw new RetableError('invalid-argument', `${path} is a folder, expected a file`)
  }
  return file
}
