import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'

/** What {@link typedCommand} looks at. */
export interface Invocation {
  /** the command's own name */
  readonly name: string
  /** the script that Node was started with */
  readonly script: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** The packages that npx was asked for, which it notes beside the folder that it installed them in. */
const npxPackages = (script: string): readonly string[] => {
  const folder = /^.*[\\/]_npx[\\/][^\\/]+/.exec(script)?.[0]
  const manifest = folder === undefined ? '' : join(folder, 'package.json')
  if (!existsSync(manifest)) return []
  const { _npx } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly _npx?: { readonly packages?: readonly string[] }
  }
  return _npx?.packages ?? []
}

/** The package that a script belongs to, by its path: `@retable/reproductions`. */
const packageOf = (script: string): string | undefined =>
  /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/.][^\\/]*)[\\/]/
    .exec(script)?.[1]
    ?.replace('\\', '/')

/** The package that bunx was asked for: it installs each in a folder named after it. */
const bunxPackage = (script: string): string | undefined =>
  /[\\/]\.?bunx-\d+[-\\/]((?:@[^\\/]+[\\/])?[^\\/@]+)@/.exec(script)?.[1]?.replace('\\', '/')

/** The package that Deno was asked for: it keeps each under its registry, name and version. */
const denoPackage = (script: string): string | undefined =>
  /[\\/]npm[\\/][^\\/]+[\\/]((?:@[^\\/]+[\\/])?[^\\/@]+)[\\/]\d+\.\d+\.\d+[^\\/]*[\\/]/
    .exec(script)?.[1]
    ?.replace('\\', '/')

const asNpxTypes = (name: string, script: string): readonly string[] => {
  const packages = npxPackages(script)
  const [only] = packages
  if (only === undefined) return ['npx', name]
  if (packages.length === 1) return ['npx', only]
  return ['npx', ...packages.flatMap((each) => ['-p', each]), name]
}

/**
 * The words with which a person starts this command again: `npx retable`, `pnpm dlx retable`, `node coins.ts`, or its plain name
 * if it is installed for all.
 */
export const typedCommand = ({ name, script, env, cwd }: Invocation): readonly string[] => {
  const agent = env['npm_config_user_agent'] ?? ''
  const inModules = /[\\/]node_modules[\\/]/.test(script)
  const pack = packageOf(script) ?? name
  if (/[\\/]_npx[\\/]/.test(script)) return asNpxTypes(name, script)
  const bunx = bunxPackage(script)
  if (bunx !== undefined) return ['bunx', bunx]
  if (agent.startsWith('pnpm/') && /[\\/]dlx[\\/-]/.test(script)) return ['pnpm', 'dlx', pack]
  if (agent.startsWith('yarn/') && inModules) {
    return /[\\/]dlx-/.test(env['PROJECT_CWD'] ?? script) ? ['yarn', 'dlx', pack] : ['yarn', name]
  }
  if (agent.startsWith('pnpm/') && inModules) return ['pnpm', name]
  const deno = inModules ? undefined : denoPackage(script)
  if (deno !== undefined) return ['deno', 'run', '-A', `npm:${deno}`]
  // The workspace's targets start the compiled file; npx finds the same command there.
  if (env['NX_TASK_TARGET_PROJECT'] !== undefined) return ['npx', name]
  const local = relative(cwd, script)
  const isLocal = !local.startsWith('..')
  if (inModules && (isLocal || env['npm_command'] !== undefined)) return ['npx', name]
  if (inModules || basename(script) === name) return [name]
  return ['node', isLocal ? local.split(sep).join('/') : script]
}
