import { RetableError, isRetableError } from '@retable/core/host'
import { decodeArchived, type ArchiveLine } from '../../unit/result-archive.js'
import { decodeResult } from '../../unit/result-file.js'
import type { StoredResult } from '../../unit/result.js'

const deleteFile = '; delete it to have its unit run again'

/**
 * The result in a file of its own, checked.
 *
 * @throws RetableError as `decodeResult` does; `corrupt-data` also for numbers that no JSON of ours holds, such as 1e999.
 */
export const readResult = (file: string, name: string, bytes: Uint8Array): StoredResult => {
  try {
    return decodeResult(file, name, bytes)
  } catch (error) {
    if (isRetableError(error)) throw error
    throw corrupt(`result file ${file} ${notAResult(error)}${deleteFile}`, error)
  }
}

/**
 * The result in a line of an archive, checked. A file that holds many results is not to be deleted for one of them, so
 * the error names the result and says `remedy`.
 *
 * @throws RetableError as {@link readResult}
 */
export const readArchived = (
  file: string,
  line: ArchiveLine & { kind: 'result' },
  remedy = 'copy the archive again, or delete this line of it to have its unit run again',
): StoredResult => {
  try {
    return decodeArchived(file, line)
  } catch (error) {
    if (isRetableError(error) && error.code !== 'corrupt-data') throw error
    const what = isRetableError(error)
      ? error.message.replace(`result file ${file} (${line.name}) `, '').replace(deleteFile, '')
      : notAResult(error)
    throw corrupt(`result ${line.name} in archive ${file} ${what}; ${remedy}`, error)
  }
}

const notAResult = (error: unknown): string =>
  `holds no result: ${error instanceof Error ? error.message : String(error)}`

const corrupt = (message: string, cause: unknown): RetableError =>
  new RetableError('corrupt-data', message, { cause })
