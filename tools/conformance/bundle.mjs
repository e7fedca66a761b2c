// One module that holds tfjs-core, its specs and the backend under test, all on the same copy of tfjs-core:
// the specs import tfjs-core's insides, so they cannot share the copy that Node would load for the backend.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const core = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json')),
  'dist',
)

/** What only some machines have, or what must be loaded from its own place. */
const external = [
  'onnxruntime-node',
  'onnxruntime-common',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'webgpu',
]

const setupModule = ({ backend, options, setup }) => {
  const call = JSON.stringify(options)
  if (setup) return `import { setup } from ${JSON.stringify(setup)}\nawait setup(${call})`
  if (backend === 'onnx') {
    return `import { registerOnnxBackend } from '@retable/backend-onnx'\nawait registerOnnxBackend(${call})`
  }
  return `import { useBackend } from '@retable/backends'\nawait useBackend(${JSON.stringify(backend)}, ${call})`
}

/** The backends that take a browser. */
export const browserBackends = ['webgl', 'webgpu']

/** With these flags tfjs tests its own WebGL backend: without the first, small tensors would be computed by the cpu backend. */
const testFlags = {
  webgl: { WEBGL_CPU_FORWARD: false, WEBGL_SIZE_UPLOAD_UNIFORM: 0 },
  webgpu: { WEBGPU_CPU_FORWARD: false },
}

/** Writes the bundle to `outfile`: a module that describes the specs, and in a page exports page.mjs's `run`. */
export const bundleSuite = async ({ outfile, backend, options, setup }) => {
  const inPage = browserBackends.includes(backend)
  // tfjs-node's backend calls itself 'tensorflow'.
  const backendName = backend === 'node' || backend === 'node-gpu' ? 'tensorflow' : backend
  const entry = `
    ${inPage ? `export { run } from '${join(here, 'page.mjs')}'` : ''}
    import 'conformance:environment'
    import '${core}/register_all_gradients.js'
    import '${core}/public/chained_ops/register_all_chained_ops.js'
    import 'conformance:setup'
    import '${core}/tests.js'
  `
  const environment = `
    import { setTestEnvs } from '${core}/jasmine_util.js'
    setTestEnvs([${JSON.stringify({
      name: backendName,
      backendName,
      flags: testFlags[backend],
      // webgpu reads asynchronously.
      isDataSync: backend !== 'webgpu',
    })}])
  `
  await build({
    stdin: { contents: entry, resolveDir: here },
    outfile,
    bundle: true,
    format: 'esm',
    ...(inPage
      ? {
          platform: 'browser',
          target: 'chrome120',
          mainFields: ['browser', 'module', 'main'],
          // Jasmine takes itself for a module of Node in a bundle.
          define: { global: 'globalThis' },
        }
      : { platform: 'node', target: 'node20', mainFields: ['module', 'main'] }),
    conditions: ['@retable/source', 'module', 'import', inPage ? 'browser' : 'node'],
    // tfjs-core says sideEffects: false of its specs, which would drop every one of them.
    ignoreAnnotations: true,
    external: backend === 'onnx' ? external : [...external, '@retable/backend-onnx'],
    banner: inPage
      ? {}
      : {
          js: [
            "import { createRequire as retableCreateRequire } from 'node:module'",
            "import { fileURLToPath as retableFileURLToPath } from 'node:url'",
            'const require = retableCreateRequire(import.meta.url)',
            'const __filename = retableFileURLToPath(import.meta.url)',
            "const __dirname = retableFileURLToPath(new URL('.', import.meta.url))",
          ].join('\n'),
        },
    logLevel: 'error',
    plugins: [
      {
        name: 'conformance',
        setup: (b) => {
          b.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({
            path: join(core, 'index.js'),
          }))
          b.onResolve({ filter: /^conformance:/ }, ({ path }) => ({
            path,
            namespace: 'conformance',
          }))
          b.onLoad({ filter: /.*/, namespace: 'conformance' }, ({ path }) => ({
            contents:
              path === 'conformance:setup' ? setupModule({ backend, options, setup }) : environment,
            resolveDir: here,
          }))
        },
      },
    ],
  })
}
