/** A SHA-256 that is fed piece by piece. */
export interface Sha256 {
  /** Adds bytes, or text as UTF-8. */
  update(part: Uint8Array | string): void
  /** The digest of all that was added, in hexadecimal. Nothing can be added after it. */
  hex(): string
}
