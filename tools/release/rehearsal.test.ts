// A release from beginning to end against a registry on this machine, as CONTRIBUTING describes it; and then what people do with
// the packages: install one in an empty project, run its README's examples, start the command with npx, pnpm and yarn. Run with
// `npm run test:release`.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, reasonNotToRun } from '../packaging/readme-blocks.js'
import { startRegistry, type Registry } from './rehearsal/registry.js'
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
const shell = (command: string, cwd: string): string => {
  const { npm_config_registry: _, ...inherited } = process.env
  const env: NodeJS.ProcessEnv = { ...inherited, ...registry.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  // What vitest and the npm that started it have set is not part of an empty project.
  for (const name of Object.keys(env)) {
    if (
      /^(?:BASH_ENV|VITEST|NODE_OPTIONS|npm_(?:package|lifecycle)|INIT_CWD|ONNXRUNTIME)/.test(name)
    )
      delete env[name]
  }
  try {
    return execFileSync('bash', ['-euo', 'pipefail', '-c', command], {
      cwd,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 500_000,
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command}\n${stdout ?? ''}${stderr ?? String(error)}`, { cause: error })
  }
}

/** What a package's newest version in the registry is made of. */
const publishedTarball = async (name: string): Promise<ArrayBuffer> => {
  const found = (await (await fetch(`${registry.url}${name}/latest`)).json()) as {
    readonly dist: { readonly tarball: string }
  }
  return (await fetch(found.dist.tarball)).arrayBuffer()
}

/** An empty project, in which `npm install` writes a package.json. */
const emptyProject = (name: string): string => {
  const folder = join(scratch, 'projects', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  return folder
}

beforeAll(async () => {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  registry = await startRegistry(join(scratch, 'registry'), upstream)
  copyWorkspace(workspace)
})

afterAll(() => {
  registry.stop()
  // Hundreds of thousands of files: nobody waits for that.
  spawn('rm', ['-rf', scratch], { detached: true, stdio: 'ignore' }).unref()
})

test('versions are raised, changelogs written and the lock file follows', () => {
  shell('npm run version', workspace)
  const lock = JSON.parse(readFileSync(join(workspace, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Manifest>
  }
  for (const { folder, name } of packages) {
    const { version } = manifestOf(join(workspace, folder))
    expect(`${name} ${version}`).not.toBe(`${name} ${manifestOf(join(root, folder)).version}`)
    expect(lock.packages[folder]?.version).toBe(version)
    expect(readFileSync(join(workspace, folder, 'CHANGELOG.md'), 'utf8')).toContain(version)
  }
  shell('git add --all && git commit --quiet --message release', workspace)
})

test('all packages are published and tagged, also one that nobody had built', () => {
  rmSync(join(workspace, 'packages/layers/dist'), { recursive: true })
  const printed = shell('npm run release', workspace)
  const tags = shell('git tag', workspace).trim().split('\n')
  for (const { folder, name } of packages) {
    const { version } = manifestOf(join(workspace, folder))
    expect(printed).toContain(`${name}@${version}`)
    expect(tags).toContain(`${name}@${version}`)
    expect(shell(`npm view ${name} version`, scratch).trim()).toBe(version)
  }
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

describe.each(libraries)('$name in an empty project', ({ folder, name }) => {
  const blocks = blocksOf(join(root, folder, 'README.md'))
  test('installs as its README says and runs its examples', () => {
    const project = emptyProject(name.replace('/', '-'))
    const install = blocks.find(({ language, code }) => language === 'sh' && code.includes('npm i'))
    expect(install, 'the README says how to install it').toBeDefined()
    shell(install!.code, project)
    let run = 0
    for (const block of blocks) {
      if (block.language !== 'ts' || reasonNotToRun(block) !== undefined) continue
      const file = `readme-${block.line}.mjs`
      const { outputText } = ts.transpileModule(block.code, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      })
      writeFileSync(join(project, file), outputText)
      const printed = shell(`node ${file} ${words[name] ?? ''}`, project)
      expect(printed.trim(), `${folder}/README.md:${block.line} prints something`).not.toBe('')
      run++
    }
    expect(run).toBeGreaterThan(0)
  })
})

describe('the command in an empty folder', () => {
  /** Lists the tables and makes one that is counted; the report's line must begin as the command did. */
  const works = (typed: string, name: string) => {
    const folder = join(scratch, 'projects', name)
    mkdirSync(folder, { recursive: true })
    expect(shell(`${typed} list`, folder)).toContain('vgg-table3')
    const printed = shell(`${typed} run vgg-table2`, folder)
    expect(printed).toContain('SUPPORTED: D has 138 million parameters')
    return /^Report: (.*) report vgg-table2/m.exec(printed)?.[1]
  }
  test('npx, under both names', () => {
    expect(works('npx --yes retable', 'npx')).toBe('npx retable')
    const scoped = works('npx --yes @retable/reproductions', 'npx-scoped')
    expect(scoped).toBe('npx @retable/reproductions')
    const cache = registry.env['npm_config_cache']!
    const heavy = shell(`find ${cache}/_npx -maxdepth 3 -name 'onnxruntime-node'`, scratch)
    expect(heavy).toBe('') // its install script may download for minutes
  })
  test('npm 10', () => {
    expect(works('npx --yes npm@10 exec --yes -- retable', 'npm10')).toBe('npx retable')
  })
  test('pnpm', () => {
    expect(works('npx --yes pnpm@10 dlx retable', 'pnpm')).toBe('pnpm dlx retable')
  })
  test('yarn', () => {
    const yarn = 'npx --yes --package @yarnpkg/cli-dist@4 yarn dlx retable'
    expect(works(yarn, 'yarn')).toBe('yarn dlx retable')
  })
})
