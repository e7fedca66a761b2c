import type { Report } from './report.js'

/** A drawing of the report that lies in a file of its own. */
export interface LinkedPlot {
  /** Title of the drawing. */
  readonly title: string
  /** What it shows, in a sentence. */
  readonly caption: string
  /** The path of the file, relative to where the text will be. */
  readonly href: string
}

/** What a renderer may need besides the report. */
export interface RenderOptions {
  /** Drawings to link: `markdown` does, `html` holds its own, the others have none. */
  readonly plots?: readonly LinkedPlot[]
  /** Level of a Markdown report's heading (default 3). */
  readonly level?: number
}

/** Writes a report in one format. Pure. */
export interface Renderer {
  /** What `--format` calls it. */
  readonly name: string
  /** Of a file in this format, with the dot. */
  readonly extension: string
  /** The report's text in this format. */
  render(report: Report, options?: RenderOptions): string | Promise<string>
}
