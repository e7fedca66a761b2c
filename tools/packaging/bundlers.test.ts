import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { build as buildWithVite } from 'vite'
import { expect, onTestFinished, test } from 'vitest'
import webpack from 'webpack'

const root = join(import.meta.dirname, '../..')

const scratch = (): string => {
  const folder = mkdtempSync(join(root, '.nx/bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The bytes of a page's script after tree shaking and minification. */
const bytesInPage = async (code: string): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['browser', 'module', 'import'],
    write: false,
  })
  return outputFiles[0]!.contents.length
}

/** Bundles a server's code as Next.js does, with webpack; tfjs, which takes webpack half a minute, stays outside. */
const webpackForNode = async (entry: string, folder: string): Promise<void> => {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    webpack(
      {
        mode: 'production',
        target: 'node20',
        entry,
        experiments: { outputModule: true },
        output: { path: folder, filename: 'bundle.mjs', module: true, chunkFormat: 'module' },
        resolve: { modules: [join(root, 'node_modules')] },
        externals: ({ request = '' }, answer) =>
          request.startsWith('@tensorflow/') ? answer(undefined, `module ${request}`) : answer(),
        optimization: { minimize: false },
      },
      (error, stats) => (error ? reject(error) : resolve(stats)),
    )
  })
  expect(stats?.toJson().errors).toEqual([])
}

test('a backend that need not be installed is found at run time from a bundle made by webpack', async () => {
  const folder = scratch()
  const entry = join(folder, 'entry.mjs')
  writeFileSync(
    entry,
    "import { useBackend } from '@retable/backends'\nconsole.log((await useBackend('onnx')).name)\nprocess.exit()\n",
  )
  await webpackForNode(entry, folder)
  const bundle = join(folder, 'bundle.mjs')
  const printed = execFileSync(process.execPath, [bundle], { cwd: root, encoding: 'utf8' })
  expect(printed).toBe('onnx\n')
})

test('valueAndGrads adds hardly anything to a page that has gradients of tfjs-core', async () => {
  const gradients = "import '@tensorflow/tfjs-core/dist/register_all_gradients.js'\n"
  const tfjs = await bytesInPage(
    `${gradients}import * as tf from '@tensorflow/tfjs-core'\nconsole.log(tf.grads)`,
  )
  const ours = await bytesInPage(
    "import { valueAndGrads } from '@retable/core'\nconsole.log(valueAndGrads)",
  )
  expect(ours - tfjs).toBeLessThan(4_000)
})

test('a seeded stream brings no tensors into a page', async () => {
  const bytes = await bytesInPage(
    "import { createRandom } from '@retable/core'\nconsole.log(createRandom(1).uniform())",
  )
  expect(bytes).toBeLessThan(20_000)
})

const forNode = ['core', 'datasets', 'harness', 'models', 'training']

test.each(forNode)('@retable/%s/node in a page fails with a sentence', async (name) => {
  const entry = `@retable/${name}/node`
  const sentence = `${entry} needs Node: it reads files or starts processes. In a browser import @retable/${name}.`
  const [exported] = Object.keys(
    (await import(`../../packages/${name}/dist/node/index.js`)) as object,
  )
  const code = `import { ${exported} } from '${entry}'\nconsole.log(${exported})`
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  })
  expect(() => runInNewContext(outputFiles[0]!.text)).toThrow(sentence)
  // Rollup, as Vite builds with it.
  const folder = scratch()
  writeFileSync(join(folder, 'entry.js'), code)
  const built = (await buildWithVite({
    root: folder,
    // As in a project of a reader: under node_modules, where Rollup expects CommonJS.
    resolve: { preserveSymlinks: true },
    logLevel: 'silent',
    build: { write: false, lib: { entry: 'entry.js', formats: ['iife'], name: 'page' } },
  })) as readonly { readonly output: readonly { readonly code: string }[] }[]
  expect(() => runInNewContext(built[0]!.output[0]!.code)).toThrow(sentence)
  // webpack refuses names that it is sure a file does not export; it takes .mjs most strictly.
  writeFileSync(join(folder, 'entry.mjs'), code)
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    webpack(
      {
        mode: 'production',
        target: 'web',
        entry: join(folder, 'entry.mjs'),
        output: { path: folder, filename: 'webpack.js' },
      },
      (error, made) => (error ? reject(error) : resolve(made)),
    )
  })
  expect(stats?.toJson({ errors: true }).errors).toEqual([])
  const text = readFileSync(join(folder, 'webpack.js'), 'utf8')
  expect(() => runInNewContext(text)).toThrow(sentence)
})
