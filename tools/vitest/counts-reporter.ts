import type { Reporter, TestModule } from 'vitest/node'

/** Prints the run's totals as the last line: `N passed, N failed, N skipped`. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') counts[state]++
      }
      // A file that cannot be loaded has no tests to fail: count it as one failure.
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) {
        counts.failed++
      }
    }
    counts.failed += unhandled.length
    // After the default reporter's own summary.
    process.on('exit', () => {
      console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    })
  }
}
