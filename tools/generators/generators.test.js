import { FsTree } from 'nx/src/generators/tree.js'
import { expect, test } from 'vitest'
import { generatePackage } from './package/generator.js'
import { generateReproduction } from './reproduction/generator.js'

const workspace = () => new FsTree(process.cwd(), false)

test('a package gets what every package has, with its needs as dependency and as reference', async () => {
  const tree = workspace()
  await generatePackage(tree, {
    name: 'zz-colour',
    description: 'Colour spaces',
    needs: ['core', 'transforms'],
  })
  const read = (file) => JSON.parse(tree.read(file, 'utf8'))
  const like = read('packages/layers/package.json')
  const made = read('packages/zz-colour/package.json')
  expect(Object.keys(made)).toEqual(Object.keys(like))
  expect(made['dependencies']).toEqual({
    '@retable/core': '^0.0.0',
    '@retable/transforms': '^0.0.0',
  })
  expect(read('packages/zz-colour/tsconfig.json')['references']).toEqual([
    { path: '../core' },
    { path: '../transforms' },
  ])
  expect(read('tsconfig.json')['references']).toContainEqual({ path: 'packages/zz-colour' })
  expect(tree.read('.changeset/zz-colour-first.md', 'utf8')).toContain(
    "'@retable/zz-colour': minor",
  )
})

test('a package that is there, or that needs an unknown one, is refused', async () => {
  const make = (name, needs) => generatePackage(workspace(), { name, description: 'x', needs })
  await expect(make('core', [])).rejects.toThrow('packages/core is there already')
  await expect(make('zz-colour', ['cores'])).rejects.toThrow('found "cores"')
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
