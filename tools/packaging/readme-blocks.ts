import { readFileSync } from 'node:fs'

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
