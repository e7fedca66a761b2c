import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { PageOptions } from '../index.js'

/** Bundles the toy page from the sources into a folder, and says how a command opens it. */
export const bundleToyPage = async (bundle: string): Promise<PageOptions> => {
  await build({
    entryPoints: ['toy-worker.ts', 'toy-page.ts'].map((file) =>
      fileURLToPath(new URL(file, import.meta.url)),
    ),
    outdir: bundle,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@retable/source', 'browser'],
    logLevel: 'error',
  })
  const html = 'toy.html'
  writeFileSync(join(bundle, html), '<script type="module" src="toy-page.js"></script>')
  return { bundle, html, backends: ['cpu'], serveData: () => undefined }
}
