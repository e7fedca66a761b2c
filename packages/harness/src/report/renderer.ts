import { csv } from './csv.js'
import { json } from './json.js'
import { markdown } from './markdown.js'
import type { Report } from './report.js'

/** Writes a report in one format. Pure. */
export interface Renderer {
  /** What `--format` calls it. */
  readonly name: string
  /** Of a file in this format, with the dot. */
  readonly extension: string
  render(report: Report): string
}

/** The renderers that come with the harness. `createCommand` takes more. */
export const renderers: readonly Renderer[] = [markdown, csv, json]
