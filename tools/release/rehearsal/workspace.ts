import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** The files that git knows or would know, without those that were deleted. */
const files = (): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)))

/** Folders with a package of ours. */
export const packageFolders = (workspace: string): readonly string[] => [
  ...readdirSync(join(workspace, 'packages')).map((name) => `packages/${name}`),
  'reproductions',
]

/** Whether a compiled file's source is gone: a working copy collects such files, a fresh clone has none. */
const isLeftover = (file: string, dist: string, src: string): boolean =>
  file.endsWith('.js') &&
  dist.endsWith('dist') &&
  existsSync(file.replace(/\.js$/, '.d.ts')) &&
  !existsSync(join(src, relative(dist, file).replace(/\.js$/, '.ts')))

/** Links what is installed in one folder of dependencies, without our own packages. */
const linkInstalled = (from: string, to: string): void => {
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    if (name !== '@retable' && name !== 'retable') symlinkSync(join(from, name), join(to, name))
  }
}

/**
 * Copies the workspace as it is, uncommitted changes included, so that versions can be raised in it: a git repository of its
 * own, with the compiled files, and with this workspace's dependencies by symbolic link.
 */
export const copyWorkspace = (to: string): void => {
  for (const file of files()) {
    if (
      /^(?:docs|examples)\/|\/(?:fixtures|results|reports)\//.test(file) &&
      !file.endsWith('package.json')
    )
      continue
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(root, file), join(to, file), { preserveTimestamps: true })
  }
  for (const folder of packageFolders(to)) {
    for (const built of ['dist', 'generated']) {
      const from = join(root, folder, built)
      if (existsSync(from)) {
        cpSync(from, join(to, folder, built), {
          recursive: true,
          preserveTimestamps: true,
          filter: (file) => !isLeftover(file, from, join(root, folder, 'src')),
        })
      }
    }
    const installed = join(root, folder, 'node_modules')
    if (existsSync(installed)) linkInstalled(installed, join(to, folder, 'node_modules'))
  }
  linkInstalled(join(root, 'node_modules'), join(to, 'node_modules'))
  mkdirSync(join(to, 'node_modules/@retable'))
  for (const folder of packageFolders(to)) {
    const name = folder === 'packages/retable' ? 'retable' : `@retable/${folder.split('/').pop()}`
    symlinkSync(join(to, folder), join(to, 'node_modules', name))
  }
  const git = (...words: readonly string[]) =>
    execFileSync('git', words, { cwd: to, stdio: 'pipe' })
  git('init', '--quiet', '--initial-branch', 'main')
  git('config', 'user.name', 'Rehearsal')
  git('config', 'user.email', 'rehearsal@example.org')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'before the release')
}
