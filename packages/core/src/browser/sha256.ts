import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Sha256 } from '../hash.js'

/** Begins a SHA-256, in plain JavaScript. */
export const createSha256 = (): Sha256 => {
  const hash = sha256.create()
  return {
    update: (part) => void hash.update(typeof part === 'string' ? utf8ToBytes(part) : part),
    hex: () => bytesToHex(hash.digest()),
  }
}
