import { defineConfig } from 'vitest/config'
import { CountsReporter } from './tools/vitest/counts-reporter.js'

/** Tests run on the packages' sources; what needs compiled files (workers, bins) uses `dist`, which `npm test` builds first. */
export default defineConfig({
  resolve: { conditions: ['@retable/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@retable/source', 'node', 'import', 'default'] } },
  test: {
    // Tests of processes that are killed and stopped depend on the machine's load: in CI each has a second try.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    include: ['**/src/**/*.test.ts', 'tools/**/*.test.{ts,js}'],
    exclude: [
      '**/node_modules/**',
      '**/dist/**',
      '**/*.browser.test.ts',
      'tools/release/rehearsal.test.ts',
    ],
    testTimeout: 60_000,
    // For tests that load onnxruntime-node without the backend.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    reporters: ['default', new CountsReporter()],
    pool: 'forks',
    maxWorkers: 2,
  },
})
