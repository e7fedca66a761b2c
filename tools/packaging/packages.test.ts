import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { identityFiles, identityOf, staleFiles } from '../release/identity.mjs'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly keywords?: readonly string[]
  readonly files?: readonly string[]
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports: unknown
  readonly imports?: unknown
  readonly bin?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

const root = join(import.meta.dirname, '../..')

/** What `npm publish` would send of every package: its folder by its name, and the paths in its tarball. */
const packed = (): readonly { readonly folder: string; readonly files: readonly string[] }[] => {
  const options = ['--workspaces', '--dry-run', '--json', '--ignore-scripts']
  const answer = execFileSync('npm', ['pack', ...options], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const found = JSON.parse(answer) as readonly {
    readonly name: string
    readonly files: readonly { readonly path: string }[]
  }[]
  return found.map(({ name, files }) => ({
    folder: join(root, 'node_modules', name),
    files: files.map(({ path }) => path),
  }))
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The files that a manifest's `exports`, `imports` or `bin` points at. */
const targets = (entry: unknown): readonly string[] => {
  if (typeof entry === 'string') return [entry.replace(/^\.\//, '')]
  return Object.values(entry ?? {}).flatMap(targets)
}

/** The packages that a file imports, types included: `@scope/name` or `name`. */
const importedPackages = (code: string): readonly string[] =>
  ts
    .preProcessFile(code)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !/^(?:\.|#|node:)/.test(name) && !builtinModules.includes(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))

/** The declarations that a reader's compiler loads: those of the entries and all that they import. */
const reachableDeclarations = (folder: string, exports: unknown): readonly string[] => {
  const found = new Set(targets(exports).filter((file) => file.endsWith('.d.ts')))
  for (const file of found) {
    for (const { fileName } of ts.preProcessFile(readFileSync(join(folder, file), 'utf8'))
      .importedFiles) {
      if (fileName.startsWith('.')) {
        found.add(join(dirname(file), fileName.replace(/\.js$/, '.d.ts')))
      }
    }
  }
  return [...found]
}

const published = packed()
  .map(({ folder, files }) => ({ folder, files, manifest: manifestOf(folder) }))
  .filter(({ manifest }) => manifest.private !== true)

test('there are packages to publish', () => {
  expect(published.length).toBeGreaterThan(10)
})

test('manifests, CODEOWNERS and issue forms say where the project lives as package.json does', () => {
  expect(staleFiles(root)).toEqual([])
})

test('no other file repeats where the project lives', () => {
  const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly repository: { readonly url: string }
  }
  const place = identityOf(workspace).url.replace(/^https:\/\//, '')
  const naming = execFileSync('git', ['grep', '--untracked', '-lF', place], {
    cwd: root,
    encoding: 'utf8',
  })
  const written = ['package.json', ...identityFiles(root).keys()]
  expect(written.length).toBeGreaterThan(10)
  expect(naming.trim().split('\n').filter((file) => !written.includes(file))).toEqual([]) // prettier-ignore
})

describe.each(published)('$manifest.name as it is published', ({ folder, files, manifest }) => {
  test('has a README, a license and everything that its manifest points at', () => {
    const { exports, imports, bin } = manifest
    const wanted = ['README.md', 'LICENSE', ...[exports, imports, bin].flatMap(targets)]
    expect(wanted.filter((file) => !files.includes(file))).toEqual([])
  })

  test('can be found, ships its changelog, and is checked before it is published', () => {
    expect(manifest.keywords?.length).toBeGreaterThan(2)
    expect(manifest.files).toContain('CHANGELOG.md')
    expect(manifest.scripts?.['prepublishOnly']).toMatch(/tools\/release\/prepublish\.mjs$/)
    // npm 11 corrects a path that begins with ./ and warns.
    expect(targets(manifest.bin)).toEqual(Object.values(manifest.bin ?? {}))
  })

  test('has no tests, fixtures or traces of the build', () => {
    const stray =
      /\.(?:test|test-suite|contract|bench)\.|(?:^|\/)(?:testing|fixtures|scripts)\/|tsbuildinfo|^tsconfig/
    expect(files.filter((file) => stray.test(file))).toEqual([])
  })

  test('declares what it imports', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
    // A name of types alone ('hast') is declared by its @types.
    const known = (name: string): boolean =>
      name === manifest.name || name in declared || `@types/${name}` in declared
    const code = files.filter((file) => /^(?:dist|generated)\/.*\.(?:js|d\.ts)$/.test(file))
    const undeclared = code.flatMap((file) =>
      importedPackages(readFileSync(join(folder, file), 'utf8'))
        .filter((name) => !known(name))
        .map((name) => `${file}: ${name}`),
    )
    expect(undeclared).toEqual([])
  })

  test('its declarations compile without the packages that need not be installed', () => {
    const optional = Object.entries(manifest.peerDependenciesMeta ?? {})
      .filter(([name, meta]) => meta.optional && name !== '@tensorflow/tfjs-core')
      .map(([name]) => name)
    const naming = reachableDeclarations(folder, manifest.exports).flatMap((file) =>
      importedPackages(readFileSync(join(folder, file), 'utf8'))
        .filter((name) => optional.includes(name))
        .map((name) => `${file}: ${name}`),
    )
    expect(naming).toEqual([])
  })
})
