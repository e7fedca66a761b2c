import type { FileHandle } from 'node:fs/promises'
import { RetableError } from '@retable/core/host'

/** How images lie in a pack: `raw` bytes, or JPEG of quality 95 without chroma subsampling. */
export type PackEncoding = 'raw' | 'jpeg'

/** Every {@link PackEncoding}. */
export const encodings: readonly PackEncoding[] = ['raw', 'jpeg']

/** The first line of a pack: what it was made of. A pack that was broken off is resumed only if this is equal. */
export interface PackHead {
  readonly format: 'retable-pack'
  readonly version: 1
  readonly name: string
  readonly classes: readonly string[]
  readonly length: number
  readonly encoding: PackEncoding
  /** of the set that was packed */
  readonly source: string
}

/** The first line and where it ends; undefined if the file has none. What it says is for {@link checkHead}. */
export const readHead = async (
  handle: FileHandle,
): Promise<{ readonly head: PackHead; readonly end: number } | undefined> => {
  const start = Buffer.alloc(1 << 20)
  const { bytesRead } = await handle.read(start, 0, start.length, 0)
  const end = start.subarray(0, bytesRead).indexOf(0x0a)
  if (end < 0) return undefined
  try {
    const head = JSON.parse(start.toString('utf8', 0, end)) as PackHead
    return head.format === 'retable-pack' ? { head, end: end + 1 } : undefined
  } catch {
    return undefined
  }
}

const headFault = (head: { readonly [field in keyof PackHead]: unknown }): string | undefined => {
  const { name, classes, length, encoding, source } = head
  if (!encodings.some((known) => known === encoding)) {
    return `encoding ${JSON.stringify(encoding)}, expected "raw" or "jpeg"`
  }
  if (!Number.isInteger(length)) return `length ${JSON.stringify(length)}, expected a whole number`
  const texts = [name, source, ...(Array.isArray(classes) ? (classes as unknown[]) : [undefined])]
  return texts.every((text) => typeof text === 'string') ? undefined : 'no name, classes or source'
}

/** Throws RetableError `mismatch` for the head of a pack of another version, `corrupt-data` for one that is not right. */
export const checkHead = (head: PackHead, file: string): void => {
  const version: unknown = head.version
  if (version !== 1) {
    throw new RetableError(
      'mismatch',
      `${file} is a pack of version ${JSON.stringify(version)}, expected 1; a newer @retable/datasets may read it`,
    )
  }
  const fault = headFault(head)
  if (fault === undefined) return
  throw new RetableError('corrupt-data', `the first line of ${file} has ${fault}`)
}
