import { execSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FsTree, flushChanges } from 'nx/src/generators/tree.js'
import { expect, onTestFinished, test } from 'vitest'
import { publishingFaults } from '../release/prepublish.mjs'
import { generatePackage } from './package/generator.js'
import { generateReproduction } from './reproduction/generator.js'

const workspace = () => new FsTree(process.cwd(), false)

test('a package is like a real one, with its needs as dependency and as reference', async () => {
  const tree = workspace()
  await generatePackage(tree, {
    name: 'zz-color',
    description: 'Color spaces',
    needs: ['core', 'transforms'],
  })
  const read = (file) => JSON.parse(tree.read(file, 'utf8'))
  const like = read('packages/layers/package.json')
  const made = read('packages/zz-color/package.json')
  const own = {
    name: '@retable/zz-color',
    description: 'Color spaces',
    keywords: ['tensorflow.js', 'tfjs', 'zz-color'],
    homepage: like.homepage.replace('layers', 'zz-color'),
    repository: { ...like.repository, directory: 'packages/zz-color' },
    nx: { tags: ['scope:zz-color'] },
    dependencies: {
      '@retable/core': `^${read('packages/core/package.json').version}`,
      '@retable/transforms': `^${read('packages/transforms/package.json').version}`,
    },
  }
  expect(Object.keys(made)).toEqual(Object.keys(like))
  expect(made).toEqual({ ...like, version: '0.0.0', ...own })
  const config = read('packages/zz-color/tsconfig.json')
  expect(config).toEqual({
    ...read('packages/layers/tsconfig.json'),
    references: [{ path: '../core' }, { path: '../transforms' }],
  })
  expect(read('tsconfig.json')['references']).toContainEqual({ path: 'packages/zz-color' })
  expect(tree.read('.changeset/zz-color-first.md', 'utf8')).toContain("'@retable/zz-color': minor")
})

test('a new package builds, passes its test, can be published, and its example prints something', async () => {
  const tree = workspace()
  await generatePackage(tree, { name: 'zz-color', description: 'Color spaces' })
  const root = mkdtempSync(join(tmpdir(), 'retable-generator-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const here = process.cwd()
  mkdirSync(join(root, 'packages'))
  for (const kept of [
    'node_modules',
    'tools',
    'vitest.config.ts',
    'tsconfig.base.json',
    'packages/core',
  ]) {
    symlinkSync(join(here, kept), join(root, kept))
  }
  flushChanges(
    root,
    tree.listChanges().filter(({ path }) => path.startsWith('packages/zz-color/')),
  )
  const folder = join(root, 'packages/zz-color')
  const run = (command) => execSync(command, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  run('npx tsc -b')
  expect(run('npx vitest run --root . --reporter json')).toContain('"numPassedTests":1')
  expect(publishingFaults(folder)).toEqual([])
  const [{ files }] = JSON.parse(run('npm pack --dry-run --json --ignore-scripts'))
  const published = ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'README.md', 'LICENSE']
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(published))
  expect(paths.filter((path) => /test|tsbuildinfo|tsconfig/.test(path))).toEqual([])
  const [, example] = /```ts\n(.*?)```/s.exec(readFileSync(join(folder, 'README.md'), 'utf8'))
  writeFileSync(join(folder, 'example.mjs'), example)
  expect(run('node example.mjs')).toBe('Color spaces\n')
})

test('a package that is there, or that needs an unknown one, is refused', async () => {
  const make = (name, needs) => generatePackage(workspace(), { name, description: 'x', needs })
  await expect(make('core', [])).rejects.toThrow('packages/core exists already')
  await expect(make('zz-color', ['cores'])).rejects.toThrow('got "cores"')
})

test('a reproduction is a file, a place in the list and a target', async () => {
  const tree = workspace()
  await generateReproduction(tree, { id: 'vgg-zz-table', title: "It's a table" })
  expect(tree.read('reproductions/src/vgg/zz-table.ts', 'utf8')).toContain(`title: "It's a table"`)
  const list = tree.read('reproductions/src/reproductions.ts', 'utf8')
  expect(list).toContain("import { vggZzTable } from './vgg/zz-table.js'")
  expect(list.trimEnd().endsWith('  vggZzTable,\n]')).toBe(true)
  expect(tree.read('reproductions/project.json', 'utf8')).toContain('retable.js run vgg-zz-table"')
  expect(tree.listChanges().map(({ path }) => path)).toHaveLength(3)
})
