import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** A fenced block of a Markdown file. */
export interface Block {
  /** `ts`, `sh`, … ; empty if the fence names none */
  readonly language: string
  /** What the fence says after the language, such as `no-run: reads ImageNet`. */
  readonly meta: string
  /** The line that opens the block, from 1. */
  readonly line: number
  readonly code: string
}

/** The fenced blocks of a Markdown file, in order. */
export const blocksOf = (file: string): readonly Block[] => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^```(\w*)([^\n]*)\n(.*?)^```$/gms)].map((found) => ({
    language: found[1]!,
    meta: found[2]!.trim(),
    line: text.slice(0, found.index).split('\n').length,
    code: found[3]!,
  }))
}

/** Why an example is only type-checked: what its fence says after `no-run:`. */
export const reasonNotToRun = ({ meta }: Block): string | undefined =>
  /^no-run: (.+)$/.exec(meta)?.[1]

/**
 * Why a block does not do in an .mjs file what it does in TypeScript; empty if it does. Some TypeScript is an error there,
 * as a type annotation; some runs and means something else: `f<T>([x])` are two comparisons.
 */
export const notJavaScript = (code: string): readonly string[] => {
  const compiled = (fileName: string) =>
    ts.transpileModule(code, {
      fileName,
      reportDiagnostics: true,
      compilerOptions: {
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    })
  const plain = compiled('block.mjs')
  const errors = (plain.diagnostics ?? []).map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  )
  if (errors.length > 0 || plain.outputText === compiled('block.mts').outputText) return errors
  return ['TypeScript reads it otherwise than JavaScript']
}
