import type { FileHandle } from 'node:fs/promises'
import { RetableError } from '@retable/core/host'

/** A tar ends with two blocks of zeros, bytes. */
const END_MARK = 1024
/** More zeros than tar programs fill their last record with: a file that was given its size and not all its bytes. */
const MOST_ZEROS = 1 << 20

/**
 * Checks that a tar whose headers end at byte `at` ends there as tars do: by two blocks of zeros, and zeros up to a
 * record's size. Otherwise it is cut short, or a part of it was never written.
 *
 * @throws RetableError `corrupt-data`.
 */
export const checkTarEnd = async (
  handle: FileHandle,
  path: string,
  at: number,
  end: number,
): Promise<void> => {
  const damaged = (found: string) =>
    new RetableError(
      'corrupt-data',
      `${path} is not a whole tar file: ${found}, expected its end mark (two blocks of zeros) at byte ${at} and nothing after it; fetch it again`,
    )
  if (at + END_MARK > end) throw damaged(`it ends at byte ${end}`)
  const rest = Buffer.alloc(Math.min(end - at, MOST_ZEROS + 1))
  const { bytesRead } = await handle.read(rest, 0, rest.length, at)
  if (bytesRead < rest.length) throw damaged(`it ends at byte ${at + bytesRead}`)
  const other = rest.findIndex((byte) => byte !== 0)
  if (other >= 0) throw damaged(`zeros from byte ${at} on, and other bytes from ${at + other} on`)
  if (rest.length > MOST_ZEROS) throw damaged(`more than ${MOST_ZEROS} zeros from byte ${at} on`)
}
