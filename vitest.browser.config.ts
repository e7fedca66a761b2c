import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumOptions } from './tools/chromium.mjs'
import { CountsReporter } from './tools/vitest/counts-reporter.js'

/**
 * Tests that run in a real browser: every `*.browser.test.ts` under `packages/<name>/src`, in headless Chromium, on the
 * packages' sources. They register the webgl backend and call the package's contract suites.
 *
 * Chromium is the system's (`$CHROMIUM_PATH`, else /usr/bin/chromium); nothing is downloaded. WebGL is SwiftShader's,
 * so that no GPU is needed.
 */
export default defineConfig({
  resolve: { conditions: ['@retable/source', 'browser', 'module', 'import', 'default'] },
  // Named here, so that none is found midway: Vite would bundle it then and reload the page under the tests.
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients.js',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-backend-wasm',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@retable/harness > canonicalize',
      'fastest-levenshtein',
      'seedrandom',
    ],
  },
  test: {
    include: ['packages/*/src/**/*.browser.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    reporters: ['default', new CountsReporter()],
    // One page after another: two WebGL contexts on a software renderer only slow one another down.
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium' }],
      provider: playwright({ launchOptions: chromiumOptions }),
    },
  },
})
