import { createSha256 } from '#sha256'

export { createSha256 }

/**
 * SHA-256 of the parts one after the other, in hexadecimal; text counts as UTF-8. Node's own in Node, plain JavaScript
 * (some 50 MB/s) elsewhere: the same digests.
 *
 * @example
 * sha256Hex('abc') // 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
 */
export const sha256Hex = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createSha256()
  for (const part of parts) hash.update(part)
  return hash.hex()
}
