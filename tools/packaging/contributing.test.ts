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

/** The recipes by their titles. */
const recipes = new Map(
  text
    .slice(text.indexOf('## Recipes'), text.indexOf('## Rules'))
    .split('\n\n')
    .flatMap((part) => {
      const title = /^\*\*([^*]+?)\.?\*\*/.exec(part)?.[1]
      return title === undefined ? [] : [[title, part] as const]
    }),
)

interface Case {
  readonly title: string
  /** what `<name>` is in file names */
  readonly name: string
  /** what it is called in code */
  readonly word: string
  /** where every mention is something that the recipe has to name */
  readonly places: readonly string[]
}

/** A case of each recipe that is there already. */
const cases: readonly Case[] = [
  {
    title: 'A layer',
    name: 'softmax',
    word: 'softmax',
    places: ['packages/layers/src', 'tools/fixtures/layers.py'],
  },
  { title: 'A model', name: 'cifar-net', word: 'cifarNet', places: ['packages/models/src'] },
  {
    title: 'An optimizer',
    name: 'adam',
    word: 'adam',
    places: ['packages/optimizers/src', 'tools/fixtures/optimizers.py'],
  },
  {
    title: 'A schedule',
    name: 'polynomial',
    word: 'polynomial',
    places: ['packages/optimizers/src'],
  },
  { title: 'A transform', name: 'flip', word: 'flip', places: ['packages/transforms/src'] },
  { title: 'A data set', name: 'cifar', word: 'cifar100', places: ['packages/datasets/src/node'] },
  {
    title: 'A data set',
    name: 'synthetic',
    word: 'synthetic',
    places: ['packages/datasets/src', 'reproductions/src/data', 'reproductions/src/units'],
  },
  { title: 'A backend', name: 'webgl', word: 'webgl', places: ['packages/backends'] },
  {
    title: 'A reproduction',
    name: 'table4',
    word: 'vgg-table4',
    places: ['reproductions/src', 'reproductions/project.json', 'reproductions/README.md'],
  },
  // As a literal: "gpu" is also a word.
  {
    title: 'A tier',
    name: 'vgg/tiers',
    word: "'gpu'",
    places: ['reproductions/src', 'packages/harness/src', 'docs/build'],
  },
]

const isTest = (file: string) => /\.(?:test|contract|test-suite)\.ts$/.test(file)

const isOwn = (file: string, name: string) =>
  new RegExp(`/(?:[a-z0-9-]+-)?${name}(?:-[a-z0-9-]+)?(?:\\.test)?\\.ts$`).test(file)

/** What a file says, without the comments of a source. */
const said = (file: string): string => {
  const whole = readFileSync(join(root, file), 'utf8')
  if (!file.endsWith('.ts')) return whole
  return whole.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

/** The files, besides its own and tests of other things, in which a case has to be named. */
const takenBy = ({ name, word, places }: Case): readonly string[] => {
  const mention = new RegExp(`(?<![\\w-])${word}(?![\\w-])`)
  return tracked
    .filter((file) => places.some((place) => file === place || file.startsWith(`${place}/`)))
    .filter((file) => /\.(?:ts|mjs|json|py|md)$/.test(file))
    .filter((file) => !/README\.md$/.test(file) || places.includes(file))
    .filter(
      (file) =>
        !/\.test\.ts$|\/testing\//.test(file) && !isOwn(file, name) && existsSync(join(root, file)),
    )
    .filter((file) => mention.test(said(file)))
}

const namedFor = ({ title, name }: Case): readonly string[] =>
  pathsIn(recipes.get(title)!).map((path) =>
    path.replaceAll('<name>', name).replaceAll('<paper>', 'vgg'),
  )

test('there is a case of every recipe, and a recipe of every case', () => {
  expect([...recipes.keys()].sort()).toEqual([...new Set(cases.map(({ title }) => title))].sort())
})

test.each(cases)('the recipe "$title" names every file that $word takes', (one) => {
  const taken = takenBy(one)
  // A tier is named in the list of tiers only, which is its own file.
  if (one.title !== 'A tier') expect(taken.length).toBeGreaterThan(0)
  const named = namedFor(one)
  expect(taken.filter((file) => !named.includes(file))).toEqual([])
})

const counts = ['no', 'one', 'two', 'three', 'four', 'five'] as const

/** The recipes that say how many files they take. */
const counted = cases.flatMap((one) => {
  const word = / takes ([a-z]+) files?\b/.exec(recipes.get(one.title)!.replaceAll('\n', ' '))?.[1]
  return word === undefined ? [] : [{ ...one, files: counts.indexOf(word as 'one') }]
})

test('layers, data sets, backends and tiers say how many files they take', () => {
  const titles = new Set(counted.map(({ title }) => title))
  expect([...titles]).toEqual(['A layer', 'A data set', 'A backend', 'A tier'])
})

test.each(counted)('$word takes as many sources as the recipe "$title" says', (one) => {
  const { files, name } = one
  const lists = takenBy(one).filter((file) => file.endsWith('.ts') && !isTest(file))
  const own = namedFor(one).filter((path) => path.includes(name) && existsSync(join(root, path)))
  const sources = [...lists, ...own].filter((path) => !isTest(path))
  expect(new Set(sources).size).toBe(files)
})

test('every path that CONTRIBUTING names is there', () => {
  const whole = pathsIn(text).filter((path) => !/[<*]/.test(path))
  expect(whole.filter((path) => !existsSync(join(root, path)))).toEqual([])
  for (const one of cases.filter(({ title }) => recipes.get(title)!.includes('<name>'))) {
    const own = namedFor(one).filter((path) => path.includes(one.name))
    expect(
      own.some((path) => existsSync(join(root, path))),
      one.title,
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
