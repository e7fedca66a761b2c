import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { RetableError } from '@retable/core/host'
import { fileDigest } from '@retable/core/node'
import { extract } from 'tar-stream'

/** Throws RetableError `corrupt-data` if the file's MD5 is not the published one. */
export const checkMd5 = async (file: string, md5: string): Promise<void> => {
  const found = await fileDigest(file, 'md5')
  if (found !== md5) {
    throw new RetableError(
      'corrupt-data',
      `${file} is not the published archive: found MD5 ${found}, expected ${md5}; fetch it again`,
    )
  }
}

/** How many times the largest file an archive may hold in all. */
const mostFiles = 8

/** Passes bytes on until there are more than `most`. */
const atMost = (most: number) =>
  async function* (parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let total = 0
    for await (const part of parts) {
      total += part.length
      if (total > most) throw new Error(`it unpacks to more than ${most} bytes`)
      yield part
    }
  }

/**
 * Reads the files of these names (whatever their folder) out of a .tar.gz, into memory.
 *
 * @param maxBytes a file that is larger is refused before it is read, and an archive of over {@link mostFiles} times as
 * many bytes as soon as so many are unpacked
 * @throws RetableError `corrupt-data` if the archive is broken or too large, or a file is missing or too large.
 */
export const readTarGz = async (
  archive: string,
  names: readonly string[],
  maxBytes: number = 2 ** 30,
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const found = new Map<string, Uint8Array>()
  const tar = extract()
  const unpack = async () => {
    for await (const entry of tar) {
      const name = basename(entry.header.name)
      if (entry.header.type !== 'file' || !names.includes(name)) {
        entry.resume()
        continue
      }
      if ((entry.header.size ?? 0) > maxBytes) {
        throw new Error(`${name} has ${entry.header.size} bytes, over the limit of ${maxBytes}`)
      }
      const parts: Uint8Array[] = []
      for await (const part of entry) parts.push(part as Uint8Array)
      found.set(name, Buffer.concat(parts))
    }
  }
  try {
    await Promise.all([
      pipeline(
        createReadStream(archive, { highWaterMark: 1 << 20 }),
        createGunzip(),
        atMost(mostFiles * maxBytes),
        tar,
      ),
      unpack(),
    ])
  } catch (cause) {
    throw new RetableError(
      'corrupt-data',
      `cannot unpack ${archive}: ${(cause as Error).message}`,
      {
        cause,
      },
    )
  }
  const missing = names.filter((name) => !found.has(name))
  if (missing.length > 0) {
    throw new RetableError('corrupt-data', `${archive} holds no ${missing.join(', ')}`)
  }
  return found
}
