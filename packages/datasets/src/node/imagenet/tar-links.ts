import { posix } from 'node:path'
import { RetableError } from '@retable/core/host'

/** A member of a tar that links to another one. */
export interface TarLink {
  /** the path in the tar that it leads to */
  readonly target: string
  /** whether it is to be resolved, or only led through */
  readonly wanted: boolean
}

/** Where a link leads: hard links name a member of the tar, symbolic ones a path from their own folder. */
export const linkTarget = (name: string, type: 'link' | 'symlink', linkname: string): string =>
  posix.normalize(
    type === 'link' || linkname.startsWith('/')
      ? linkname
      : posix.join(posix.dirname(name), linkname),
  )

/**
 * The files that a tar's wanted links lead to, under the links' names.
 *
 * @throws RetableError `corrupt-data`, naming the link, if it leads to no file of the tar.
 */
export function* resolveLinks<File extends { readonly name: string }>(
  path: string,
  files: ReadonlyMap<string, File>,
  links: ReadonlyMap<string, TarLink>,
): Generator<File> {
  for (const [name, { target, wanted }] of links) {
    if (!wanted) continue
    const passed = new Set([name])
    let end = target
    for (let next = links.get(end); next !== undefined && !passed.has(end); next = links.get(end)) {
      passed.add(end)
      end = next.target
    }
    const file = files.get(end)
    if (file === undefined) {
      throw new RetableError(
        'corrupt-data',
        `${name} in ${path} is a link to ${target}, which is no file in the tar`,
      )
    }
    yield { ...file, name }
  }
}
