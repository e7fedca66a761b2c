import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n')

/** The paths that a part of the text names. */
const pathsIn = (part: string): readonly string[] =>
  [...part.matchAll(/`((?:packages|reproductions|tools)\/[^`\s]+)`/g)].map(([, path]) => path!)

/** The text of a recipe. */
const recipe = (title: string): string => {
  const start = text.indexOf(`**${title}.**`)
  expect(start, `the recipe "${title}"`).toBeGreaterThan(0)
  return text.slice(start, text.indexOf('\n\n', start))
}

/**
 * A case of each recipe that is there already: what `<name>` is in file names, what it is called in code, and the folders in
 * which every mention is something that the recipe has to name.
 */
const cases = [
  { title: 'A layer', name: 'softmax', word: 'softmax', folders: ['packages/layers/src', 'tools/fixtures/layers.py'] }, // prettier-ignore
  { title: 'A model', name: 'cifar-net', word: 'cifarNet', folders: ['packages/models/src'] },
  { title: 'An optimizer', name: 'adam', word: 'adam', folders: ['packages/optimizers/src', 'tools/fixtures/optimizers.py'] }, // prettier-ignore
  { title: 'A schedule', name: 'polynomial', word: 'polynomial', folders: ['packages/optimizers/src'] }, // prettier-ignore
  { title: 'A transform', name: 'flip', word: 'flip', folders: ['packages/transforms/src'] },
  { title: 'A data set', name: 'synthetic', word: 'synthetic', folders: ['packages/datasets/src/index.ts', 'packages/datasets/src/node'] }, // prettier-ignore
  { title: 'A backend', name: 'webgl', word: 'webgl', folders: ['packages/backends'] },
  { title: 'A reproduction', name: 'table4', word: 'vgg-table4', folders: ['reproductions/src/reproductions.ts', 'reproductions/project.json', 'reproductions/README.md'] }, // prettier-ignore
] as const

const isOwn = (file: string, name: string) =>
  new RegExp(`/${name}(?:-[a-z0-9-]+)?(?:\\.test)?\\.ts$`).test(file)

test.each(cases)('the recipe "$title" names every file that $word takes', (one) => {
  const { title, name, word, folders } = one
  const named = pathsIn(recipe(title)).map((path) =>
    path.replaceAll('<name>', name).replaceAll('<paper>', 'vgg'),
  )
  const mention = new RegExp(`(?<![\\w-])${word}(?![\\w-])`)
  const taken = tracked
    .filter((file) => folders.some((folder) => file === folder || file.startsWith(`${folder}/`)))
    .filter((file) => /\.(?:ts|json|py|md)$/.test(file))
    .filter((file) => !/\.test\.ts$|README\.md$/.test(file) || folders.includes(file as never))
    .filter((file) => !isOwn(file, name) && existsSync(join(root, file)))
    .filter((file) => mention.test(readFileSync(join(root, file), 'utf8')))
  expect(taken.length).toBeGreaterThan(0)
  expect(taken.filter((file) => !named.includes(file))).toEqual([])
})

test('every path that CONTRIBUTING names is there', () => {
  const examples = new Map<string, string>(cases.map(({ title, name }) => [title, name]))
  const whole = pathsIn(text).filter((path) => !/[<*]/.test(path))
  expect(whole.filter((path) => !existsSync(join(root, path)))).toEqual([])
  for (const [title, name] of examples) {
    const own = pathsIn(recipe(title)).filter((path) => path.includes('<name>'))
    const filled = own.map((path) => path.replace('<name>', name).replace('<paper>', 'vgg'))
    expect(
      filled.some((path) => existsSync(join(root, path))),
      title,
    ).toBe(true)
  }
})

/** What a source file imports of the workspace's own sources. */
const importsOf = (file: string): readonly string[] =>
  ts
    .preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
    .importedFiles.flatMap(({ fileName }) => {
      const own = /^@retable\/([a-z-]+)(\/node)?$/.exec(fileName)
      if (own) return [`packages/${own[1]}/src/${own[2] ? 'node/' : ''}index.ts`]
      if (!fileName.startsWith('.')) return []
      return [relative(root, join(root, dirname(file), fileName.replace(/\.js$/, '.ts')))]
    })
    .filter((path) => existsSync(join(root, path)))

test('the path of a run is at most 25 files, each of which is reached from the first', () => {
  const start = text.indexOf('## The path of a run')
  const steps = text
    .slice(start, text.indexOf('\n## ', start + 5))
    .split('\n')
    .filter((line) => /^\d+\. /.test(line))
    .map((line) => pathsIn(line)[0]!)
  expect(steps.length).toBeGreaterThan(20)
  expect(steps.length).toBeLessThanOrEqual(25)
  expect(new Set(steps).size).toBe(steps.length)
  const reached = new Set([steps[0]!])
  for (const file of reached) for (const next of importsOf(file)) reached.add(next)
  expect(steps.filter((file) => !reached.has(file))).toEqual([])
})
