import { stat } from 'node:fs/promises'

/** Paths, and the stamp of each when it was looked at: {@link stampOf}. As long as all are the same, nothing has changed. */
export type Stamps = Readonly<Record<string, string>>

/** A folder's modification time in ms, which shows files added or removed; of a file that and its size in bytes. */
export const stampOf = async (path: string): Promise<string> =>
  stat(path).then(
    (found) => (found.isDirectory() ? `${found.mtimeMs}` : fileStamp(found.mtimeMs, found.size)),
    () => 'not there',
  )

/** The stamp of a file with this modification time in ms and size in bytes. */
export const fileStamp = (modified: number, size: number): string => `${modified} ${size}`

/** The stamps of several paths. */
export const stampsOf = async (paths: readonly string[]): Promise<Stamps> =>
  Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await stampOf(path)] as const)),
  )

/** Whether all is as it was. */
export const isUnchanged = async (stamps: Stamps): Promise<boolean> => {
  const now = await stampsOf(Object.keys(stamps))
  return Object.entries(stamps).every(([path, stamp]) => now[path] === stamp)
}
