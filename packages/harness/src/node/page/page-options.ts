import type { JsonObject } from '@retable/core/host'
import type { OpenedData } from '../../unit/context.js'
import type { DataAnswer } from './page-server.js'

/** What a page knows of a data set that this process opened, and what it may ask for. */
export interface ServedData {
  /** What the page gets of the data set, in plain JSON. */
  readonly description: JsonObject
  /** Answers what the page asks for. */
  readonly answer: DataAnswer
}

/** What a command needs to run units in a browser. */
export interface PageOptions {
  /** The folder of the page's bundle: HTML, scripts, wasm's files. */
  readonly bundle: string
  /** The file of it that a browser opens. */
  readonly html: string
  /** The backends that need a page. */
  readonly backends: readonly string[]
  /** Backends that can be asked for with --browser too. */
  readonly alsoInPages?: readonly string[]
  /** What a page knows of a data set; undefined for one that the page makes by itself. */
  serveData(request: JsonObject, data: OpenedData): ServedData | undefined
}
