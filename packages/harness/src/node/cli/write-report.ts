import { readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { RetableError } from '@retable/core/host'
import { replaceSection } from '../../report/section.js'
import { explainFileError, writeWholeFile } from '@retable/core/node'
import type { ChoiceOptions } from './choice.js'
import type { CommandContext } from './options.js'

/** The options of `report`. */
export interface ReportOptions extends ChoiceOptions {
  /** The name of a format: text, Markdown, CSV, LaTeX or JSON. */
  readonly format: string
  /** The file to write; standard output unless given. */
  readonly output?: string
  /** A Markdown file in which the section of the table is replaced. */
  readonly into?: string
  /** A folder for the drawings. */
  readonly plots?: string
  /** A folder for a page per table and an index. */
  readonly pages?: string
}

/**
 * Refuses options of `report` that do not go together.
 *
 * @throws RetableError `invalid-argument` naming them.
 */
export const checkPlace = ({ into, output, format }: ReportOptions): void => {
  if (into === undefined) return
  if (output !== undefined) {
    throw new RetableError('invalid-argument', '--into and --output are two places; give one')
  }
  if (format !== 'markdown') throw notFor('--into', `--format markdown, found ${format}`)
}

/** The error of an option that has no meaning where it was given. */
export const notFor = (option: string, what: string): RetableError =>
  new RetableError('invalid-argument', `${option} is for ${what}`)

/** The folder that a report's links start from: of the file that it is written to, or the current one. */
export const folderOf = ({ into, output }: Pick<ReportOptions, 'into' | 'output'>): string =>
  dirname(resolve(into ?? output ?? 'report'))

/** The path of a file from a folder, as a link. */
export const hrefFrom = (folder: string, file: string): string =>
  relative(folder, file).split(sep).join('/')

/** Puts a report where the options say: into a section of a file, into a file of its own, or to stdout. */
export const writeReport = (
  text: string,
  words: string,
  { into, output }: ReportOptions,
  { name, stdout = process.stdout }: CommandContext,
): void => {
  if (into !== undefined) {
    const section = `${name} report ${words}`
    writeWholeFile(resolve(into), replaceSection(readText(into), section, text, into))
    stdout.write(`${resolve(into)}: section "${section}" written\n`)
  } else if (output !== undefined) {
    writeWholeFile(resolve(output), text)
    stdout.write(`${resolve(output)} written\n`)
  } else stdout.write(text)
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw explainFileError(error, 'read', file)
  }
}
