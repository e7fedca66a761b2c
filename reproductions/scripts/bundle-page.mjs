// Writes dist/page: what a browser needs to run units for the command (command.html), and to make tables by itself
// (index.html). One worker serves both; tfjs's WebAssembly lies beside it.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { autoOrder } from '@retable/backends'
import { build } from 'esbuild'
import { deciding } from '../dist/deciding.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'dist/page')
const from = (path) => join(root, 'src/page', path)
const wasm = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'dist',
)

const require = createRequire(import.meta.url)
/** What decides results in a page: the command's own list, without what only Node has. */
const versions = Object.fromEntries(
  deciding
    .filter((name) => name !== '@retable/backend-onnx')
    .map((name) => [name, require(`${name}/package.json`).version]),
)

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await build({
  entryPoints: {
    worker: from('worker.ts'),
    command: from('command/main.ts'),
    site: from('site/main.ts'),
  },
  define: {
    retablePackages: JSON.stringify(versions),
    retableBackends: JSON.stringify(autoOrder.browser),
  },
  outdir: out,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  conditions: ['@retable/source', 'browser'],
  mainFields: ['browser', 'module', 'main'],
  legalComments: 'linked',
  logLevel: 'warning',
  // tfjs's Emscripten modules ask for these, in Node only.
  external: ['fs', 'path', 'worker_threads', 'perf_hooks', 'os', 'crypto', 'util', 'vm'],
})
for (const file of ['command/command.html', 'site/index.html', 'site/style.css']) {
  cpSync(from(file), join(out, basename(file)))
}
for (const file of readdirSync(wasm).filter((name) => name.endsWith('.wasm'))) {
  cpSync(join(wasm, file), join(out, file))
}
