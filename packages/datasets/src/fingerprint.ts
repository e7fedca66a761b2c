import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 of the parts one after the other, in hexadecimal; strings count as UTF-8. */
export const sha256Hex = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = sha256.create()
  for (const part of parts) hash.update(typeof part === 'string' ? utf8ToBytes(part) : part)
  return bytesToHex(hash.digest())
}
