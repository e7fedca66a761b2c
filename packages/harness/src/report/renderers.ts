import { csv } from './format/csv.js'
import { html } from './format/html/html.js'
import { json } from './format/json.js'
import { latex } from './format/latex.js'
import { markdown } from './format/markdown.js'
import { roCrate } from './format/ro-crate.js'
import type { Renderer } from './renderer.js'

/** The renderers that come with the harness. `createCommand` takes more. */
export const renderers: readonly Renderer[] = [markdown, html, latex, csv, json, roCrate]
