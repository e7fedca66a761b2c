import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { blocksOf } from './readme-blocks.js'

/** A block of code of a README, as a file beside it: there it imports what its package may import. */
interface Example {
  readonly file: string
  readonly readme: string
  readonly language: string
  /** The README's line that opens the block. */
  readonly line: number
  readonly code: string
}

const root = join(import.meta.dirname, '../..')

const examplesOf = (readme: string): readonly Example[] =>
  blocksOf(readme).map(({ language, line, code }) => ({
    file: readme.replace(/\.md$/, `.${line}.mts`),
    readme: relative(root, readme),
    language,
    line,
    code,
  }))

const folders = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
const blocks = ['', 'reproductions', ...folders]
  .map((folder) => join(root, folder, 'README.md'))
  .filter((readme) => existsSync(readme))
  .flatMap(examplesOf)
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

test.each([
  ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
])('they check under strict with moduleResolution %s', (_, module, moduleResolution) => {
  expect(complaints({ module, moduleResolution })).toEqual([])
})
