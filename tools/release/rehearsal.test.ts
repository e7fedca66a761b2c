// A release from beginning to end against a registry on this machine, as CONTRIBUTING describes it; and then what people do with
// the packages: install one in an empty project, run its README's examples, start the command with npx, pnpm and yarn. Run with
// `npm run test:release`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, reasonNotToRun } from '../packaging/readme-blocks.js'
import { startRegistry, type Registry } from './rehearsal/registry.js'
import { runShell } from './rehearsal/shell.js'
import { copyWorkspace, packageFolders } from './rehearsal/workspace.js'

const root = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'retable-release-'))
const workspace = join(scratch, 'workspace')

interface Manifest {
  readonly name: string
  readonly version: string
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

const packages = packageFolders(root).map((folder) => ({
  folder,
  name: manifestOf(join(root, folder)).name,
}))

let registry: Registry

/** Runs a shell's command line against the registry; its output if it succeeds, an error with all of it if not. */
const shell = (command: string, cwd: string, seconds = 600): Promise<string> => {
  const { npm_config_registry: _, ...inherited } = process.env
  const env: NodeJS.ProcessEnv = { ...inherited, ...registry.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  // What vitest and the npm that started it have set is not part of an empty project.
  for (const name of Object.keys(env)) {
    if (
      /^(?:BASH_ENV|VITEST|NODE_OPTIONS|npm_(?:package|lifecycle)|INIT_CWD|ONNXRUNTIME)/.test(name)
    )
      delete env[name]
  }
  return runShell(command, cwd, env, seconds)
}

/** What the registry answers; asked again if it closed a connection that was kept open. */
const bytesAt = async (url: string, tries = 3): Promise<ArrayBuffer> => {
  try {
    return await (await fetch(url)).arrayBuffer()
  } catch (error) {
    if (tries === 1) throw error
    return bytesAt(url, tries - 1)
  }
}

/** What the registry says of a package's newest version. */
const newestIn = async (name: string) =>
  JSON.parse(
    new TextDecoder().decode(await bytesAt(`${registry.url}${name}/latest`)),
  ) as Manifest & {
    readonly dist: { readonly tarball: string }
  }

const publishedTarball = async (name: string): Promise<ArrayBuffer> =>
  bytesAt((await newestIn(name)).dist.tarball)

/** An empty project, in which `npm install` writes a package.json. */
const emptyProject = (name: string): string => {
  const folder = join(scratch, 'projects', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  return folder
}

beforeAll(async () => {
  const npmSetting = (name: string) =>
    execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim()
  registry = await startRegistry(join(scratch, 'registry'), {
    registry: npmSetting('registry'),
    cache: npmSetting('cache'),
  })
  copyWorkspace(workspace)
})

afterAll(async () => {
  await registry.stop()
  await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
})

test('versions are raised, changelogs written and the lock file follows', async () => {
  await shell('npm run version', workspace)
  const lock = JSON.parse(readFileSync(join(workspace, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Manifest>
  }
  for (const { folder, name } of packages) {
    const { version } = manifestOf(join(workspace, folder))
    expect(`${name} ${version}`).not.toBe(`${name} ${manifestOf(join(root, folder)).version}`)
    expect(lock.packages[folder]?.version).toBe(version)
    expect(readFileSync(join(workspace, folder, 'CHANGELOG.md'), 'utf8')).toContain(version)
  }
  await shell('git add --all && git commit --quiet --message release', workspace)
})

test('all packages are published and tagged, also one that nobody had built', async () => {
  rmSync(join(workspace, 'packages/layers/dist'), { recursive: true })
  const printed = await shell('npm run release', workspace)
  const tags = (await shell('git tag', workspace)).trim().split('\n')
  for (const { folder, name } of packages) {
    const { version } = manifestOf(join(workspace, folder))
    expect(printed).toContain(`${name}@${version}`)
    expect(tags).toContain(`${name}@${version}`)
    expect((await newestIn(name)).version).toBe(version)
  }
  // The recipe's last line. It takes along annotated tags only.
  await shell('git init --quiet --bare ../origin && git remote add origin ../origin', workspace)
  await shell('git push --quiet --follow-tags --set-upstream origin HEAD', workspace)
  const pushed = (await shell('git ls-remote --tags origin', workspace)).trim()
  for (const tag of tags) expect(pushed).toContain(`refs/tags/${tag}`)
})

describe.each(packages)('$name', ({ name }) => {
  test('has nothing that publint or attw would complain about', async () => {
    const tarball = await publishedTarball(name)
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
    if (name === 'retable') return // a command, without types
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)))
    if (analysis.types === false) throw new Error('it has no types')
    // Packages are ESM only, which Node 10's resolution does not know; the command and the workers, which are started by their
    // file, have no types.
    const wrong = analysis.problems.filter(
      (problem) =>
        problem.kind !== 'CJSResolvesToESM' &&
        !('resolutionKind' in problem && problem.resolutionKind === 'node10') &&
        !('entrypoint' in problem && /worker$|\/bin$/.test(problem.entrypoint)),
    )
    expect(wrong).toEqual([])
  })
})

/** What `node example.mjs` is started with, for examples that are commands. */
const words: Readonly<Record<string, string>> = { '@retable/harness': 'run coins' }

const libraries = packages.filter(({ name }) => !/^retable$|reproductions/.test(name))

test.concurrent.for(libraries)(
  '$name installs in an empty project as its README says, and runs its examples',
  async ({ folder, name }) => {
    const blocks = blocksOf(join(root, folder, 'README.md'))
    const project = emptyProject(name.replace('/', '-'))
    const install = blocks.find(
      ({ language, code }) => language === 'sh' && code.includes('npm install'),
    )
    if (!install) throw new Error(`${folder}/README.md does not say how to install ${name}`)
    await shell(install.code, project)
    let run = 0
    for (const block of blocks) {
      if (block.language !== 'ts' || reasonNotToRun(block) !== undefined) continue
      const file = `readme-${block.line}.mjs`
      writeFileSync(join(project, file), block.code)
      const printed = await shell(`node ${file} ${words[name] ?? ''}`, project)
      expect(printed.trim(), `${folder}/README.md:${block.line} prints something`).not.toBe('')
      run++
    }
    expect(run).toBeGreaterThan(0)
    await rm(project, { recursive: true })
  },
)

/** Makes a table that is counted; gives the command with which the report's line begins: what was typed. */
const nextStepOf = async (typed: string, name: string) => {
  const folder = join(scratch, 'projects', name)
  mkdirSync(folder, { recursive: true })
  const printed = await shell(`${typed} run vgg-table2`, folder)
  expect(printed).toContain('SUPPORTED: D has 138 million parameters')
  return /^Report: (.*) report vgg-table2/m.exec(printed)?.[1]
}

test.concurrent('the command in an empty folder by npx, under both names', async () => {
  expect(await nextStepOf('npx --yes retable', 'npx')).toBe('npx retable')
  expect(await shell('npx --yes retable list', scratch)).toContain('vgg-table3')
  const scoped = await nextStepOf('npx --yes @retable/reproductions', 'npx-scoped')
  expect(scoped).toBe('npx @retable/reproductions')
  const cache = registry.env['npm_config_cache']!
  const heavy = await shell(`find ${cache}/_npx -maxdepth 3 -name 'onnxruntime-node'`, scratch)
  expect(heavy).toBe('') // its install script may download for minutes
})

/** npm of one version, with a cache of its own: it would find what npx has installed. */
const npm = (major: number) =>
  [
    `npm ${major}`,
    `npm_config_cache=${join(scratch, `npm${major}`)} npx --yes npm@${major}`,
    'exec --yes -- retable',
    'npx retable',
  ] as const

test.concurrent.for([
  npm(10),
  npm(11),
  ['pnpm', 'npx --yes pnpm@10', 'dlx retable', 'pnpm dlx retable'],
  ['yarn', 'npx --yes --package @yarnpkg/cli-dist@4 yarn', 'dlx retable', 'yarn dlx retable'],
] as const)(
  'the command in an empty folder by %s',
  async ([name, tool, words, expected], { skip }) => {
    const version = await shell(`${tool} --version`, emptyProject(`try-${name}`), 60).catch(String)
    if (!/^\d+\.\d+\.\d+\s*$/.test(version)) skip(`${name} is not to be had: ${version}`)
    expect(await nextStepOf(`${tool} ${words}`, name)).toBe(expected)
  },
)
