import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/**
 * A file's digest in hexadecimal, read as a stream.
 *
 * @throws the system's error if the file cannot be read
 */
export const fileDigest = async (
  path: string,
  algorithm: 'sha256' | 'md5' = 'sha256',
): Promise<string> => {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
