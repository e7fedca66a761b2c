import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import ts from 'typescript'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf, notJavaScript, reasonNotToRun } from './readme-blocks.js'

/** A block of code of a README, as a file beside it: there it imports what its package may import. */
interface Example {
  readonly file: string
  readonly readme: string
  readonly language: string
  /** The README's line that opens the block. */
  readonly line: number
  readonly code: string
  /** Why it is only type-checked; undefined if it is run. */
  readonly reason: string | undefined
}

const root = join(import.meta.dirname, '../..')

const examplesOf = (readme: string): readonly Example[] =>
  blocksOf(readme).map((block) => ({
    file: readme.replace(/\.md$/, `.${block.line}.mts`),
    readme: relative(root, readme),
    language: block.language,
    line: block.line,
    code: block.code,
    reason: reasonNotToRun(block),
  }))

const folders = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
/** The pages of the documentation that people write; those in api, tables and the like are generated. */
const pages = ['docs', 'docs/guide', 'docs/backends'].flatMap((folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.md') && !/^(?:questions|comparison)\.md$/.test(name))
        .map((name) => join(root, folder, name))
    : [],
)
const readmes = [
  ...['', 'reproductions', ...folders].map((folder) => join(root, folder, 'README.md')),
  join(root, 'CONTRIBUTING.md'),
].filter((readme) => existsSync(readme))
const blocks = [...readmes, ...pages].flatMap(examplesOf)
const programs = new Map(
  blocks.filter(({ language }) => language === 'ts').map((block) => [block.file, block]),
)

/** What a reader's compiler says of the examples, on the packages' compiled types: the README's line and the message. */
const complaints = (resolution: ts.CompilerOptions): readonly string[] => {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    ...resolution,
  }
  const disk = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => programs.has(file) || disk.fileExists(file),
    getSourceFile: (file, language, ...rest) => {
      const program = programs.get(file)
      return program
        ? ts.createSourceFile(file, program.code, language)
        : disk.getSourceFile(file, language, ...rest)
    },
  }
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...programs.keys()], options, host))
    .map(({ file, start, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, '\n')
      const program = programs.get(file?.fileName ?? '')
      if (!file || !program) return message
      const { line } = file.getLineAndCharacterOfPosition(start ?? 0)
      return `${program.readme}:${program.line + line + 1} ${message}`
    })
}

test('examples that import anything are marked ts', () => {
  const unmarked = blocks.filter(
    ({ language, code }) => language !== 'ts' && /^import /m.test(code),
  )
  expect(unmarked.map(({ readme, line }) => `${readme}:${line}`)).toEqual([])
  expect(programs.size).toBeGreaterThan(10)
})

test('they are JavaScript as well: pasted into an .mjs file they do the same', () => {
  const scripts = blocks.filter(({ language }) => /^(?:ts|js)$/.test(language))
  const typed = scripts.flatMap(({ readme, line, code }) =>
    notJavaScript(code).map((why) => `${readme}:${line} ${why}`),
  )
  expect(typed).toEqual([])
})

test.each([
  ["let params: Record<string, number> = {}\nparams['a'] = 1", 'only be used in TypeScript files'],
  ["const kind = 'relu' as const", 'only be used in TypeScript files'],
  ['const unit = defineUnit<{ bias: number; steps: number }>({ version: 1 })', 'expected'],
  ['const maps = tf.ones<tf.Rank.R4>([1, 1, 1, 8])', 'TypeScript reads it otherwise'],
])('TypeScript is found: %s', (code, why) => {
  expect(notJavaScript(code).join()).toContain(why)
})

test.each([
  ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
])('they check under strict with moduleResolution %s', (_, module, moduleResolution) => {
  expect(complaints({ module, moduleResolution })).toEqual([])
})

// The packages' READMEs are run by the rehearsal of a release, each with its own package installed.
const run = [...programs.values()].filter(
  ({ readme, reason }) => /^(?:README|docs)/.test(readme) && reason === undefined,
)

test.each(run)('$readme:$line runs as it is and prints something', ({ file, code }) => {
  const folder = mkdtempSync(join(root, '.nx/example-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = join(folder, basename(file).replace(/\.mts$/, '.mjs'))
  writeFileSync(program, code)
  const printed = execFileSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' })
  expect(printed.trim()).not.toBe('')
})

test('the front page fits a page', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n')
  expect(lines.findIndex((line) => line.startsWith('!['))).toBeLessThan(10)
  // What runs before anything is published comes first.
  const clone = lines.indexOf('## From a clone')
  expect(clone).toBeLessThan(20)
  expect(lines.slice(clone).find((line) => line.startsWith('np'))).toBe('npm ci')
  expect(lines.slice(0, clone).join()).not.toContain('npx retable')
  const columns = lines.map((line) =>
    line.startsWith('|') ? line.split(/(?<!\\)\|/).length - 2 : 0,
  )
  // Three columns of text; five if they are short.
  expect(Math.max(...columns)).toBeLessThanOrEqual(5)
  // Two lines to a row: what a link shows and a sentence, beside a short state.
  const shown = lines.map((line) => line.replace(/\]\([^)]*\)/g, ']').split('<br>'))
  // Without the padding of the source.
  const wide = shown.filter((_, i) => columns[i]! > 3).flat()
  const lengths = wide.map((line) => line.replace(/ {2,}|-{4,}/g, ' ').length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(90)
  const widest = shown.flat().filter((line) => line.startsWith('|'))
  expect(Math.max(...widest.map(({ length }) => length))).toBeLessThanOrEqual(130)
})
