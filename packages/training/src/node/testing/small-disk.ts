import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const mount = (words: readonly string[], at: string): boolean => {
  try {
    execFileSync('mount', [...words, at], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A file system of its own that a test may fill or make read-only. */
export interface SmallDisk {
  readonly dir: string
  readOnly(yes: boolean): void
  unmount(): void
}

/** Mounts a small tmpfs; undefined if this process may not mount (it takes Linux and root). */
export const smallDisk = (bytes: number): SmallDisk | undefined => {
  if (process.platform !== 'linux') return undefined
  const dir = mkdtempSync(join(tmpdir(), 'retable-disk-'))
  if (!mount(['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs'], dir)) return undefined
  return {
    dir,
    readOnly: (yes) => {
      if (!mount(['-o', `remount,${yes ? 'ro' : 'rw'}`], dir)) throw new Error('no remount')
    },
    unmount: () => void execFileSync('umount', ['-l', dir]),
  }
}
