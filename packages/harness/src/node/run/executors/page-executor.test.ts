import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { findChromium } from '../../page/find-chromium.js'
import type { PageOptions } from '../../page/page-options.js'
import { bundleToyPage } from '../../testing/bundle-toy-page.js'
import { executorContract } from '../../testing/executor-contract.js'
import { toyOptions } from '../../testing/toy-command.js'
import { createPageExecutor } from './page-executor.js'

const hasChromium = (): boolean => {
  try {
    findChromium()
    return true
  } catch (error) {
    console.log(`the page executor’s tests are skipped: ${(error as Error).message}`)
    return false
  }
}

describe.skipIf(!hasChromium())('in Chromium', () => {
  let bundle: string
  let page: PageOptions
  beforeAll(async () => {
    bundle = mkdtempSync(join(tmpdir(), 'retable-toy-page-'))
    page = await bundleToyPage(bundle)
  })
  afterAll(() => rmSync(bundle, { recursive: true, force: true }))

  executorContract('page', {
    make: (store) =>
      createPageExecutor({
        page,
        browser: 'headless',
        backend: { name: 'cpu' },
        store,
        services: {
          useBackend: async () => toyOptions.useBackend!('cpu', {}),
          openData: async (request) =>
            toyOptions.openData!(request, { dir: 'data', signal: new AbortController().signal }),
          packages: toyOptions.packages!,
        },
        say: () => undefined,
      }),
    isKillable: true,
  })
})
