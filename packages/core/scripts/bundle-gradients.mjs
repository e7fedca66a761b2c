// Writes generated/tfjs-gradients.js: the gradient definitions of the installed tfjs-core in one module that
// Node can load. tfjs-core keeps them in dist/gradients/*.js, which import without extensions and so fail in
// Node's ESM, and registers none of them in its Node bundle.
import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const gradients = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json')),
  'dist/gradients',
)
const files = readdirSync(gradients).filter((file) => file.endsWith('_grad.js'))
const outfile = join(here, '../generated/tfjs-gradients.js')

await build({
  stdin: {
    contents: [
      ...files.map((file, i) => `import * as g${i} from './${file}'`),
      `export const gradientConfigs = [${files.map((_, i) => `g${i}`)}].flatMap(Object.values)`,
    ].join('\n'),
    resolveDir: gradients,
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  outfile,
})
writeFileSync(
  outfile.replace(/\.js$/, '.d.ts'),
  "import type { GradConfig } from '@tensorflow/tfjs-core'\nexport declare const gradientConfigs: readonly GradConfig[]\n",
)
