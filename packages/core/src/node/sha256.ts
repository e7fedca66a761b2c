import { createHash } from 'node:crypto'
import type { Sha256 } from '../hash.js'

/** Begins a SHA-256, in Node's native code. */
export const createSha256 = (): Sha256 => {
  const hash = createHash('sha256')
  return { update: (part) => void hash.update(part), hex: () => hash.digest('hex') }
}
