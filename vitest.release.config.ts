import { defineConfig } from 'vitest/config'
import { CountsReporter } from './tools/vitest/counts-reporter.js'

/** The rehearsal of a release: one long test that publishes to a registry on this machine. */
export default defineConfig({
  test: {
    include: ['tools/release/rehearsal.test.ts'],
    testTimeout: 900_000,
    maxConcurrency: 2,
    hookTimeout: 300_000,
    reporters: ['verbose', new CountsReporter()],
    pool: 'forks',
  },
})
