import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import canonicalize from 'canonicalize'

/** SHA-256 in hex. */
export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex')

/** A value's canonical JSON (RFC 8785): the same whatever the order of keys; no white space. */
export const canonicalJson = (value: unknown): string => canonicalize(value) ?? 'null'

/** SHA-256 of a value's canonical JSON. */
export const sha256OfJson = (value: unknown): string => sha256(canonicalJson(value))

/** SHA-256 of a file, streamed. */
export const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
