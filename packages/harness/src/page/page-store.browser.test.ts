import { expect, test } from 'vitest'
import { storedResult } from '../unit/stored-result.js'
import { unitKey } from '../unit/unit-key.js'
import { defineUnit } from '../unit/unit.js'
import { openPageStore } from './page-store.js'
import { urlFiles } from './url-files.js'

const url = 'opfs:/page-store'
const kind = defineUnit<{ readonly net: string }>({
  ...{ kind: 'toy', version: 1 },
  run: () => ({ metrics: {} }),
})
const [made, begun] = ['A', 'B'].map((net) => kind({ config: { net }, seed: 1, label: net }))

test('work that a killed page left beside a result is removed, and what is under way stays', async () => {
  await urlFiles.remove(url)
  const store = await openPageStore(url)
  const artifact = await store.keepArtifact(new Uint8Array([1, 2, 3]), '.bin')
  const settings = { reproduction: 'toys', tier: null, seeds: [1], overrides: {} }
  const result = storedResult(made!, {
    ...{ output: { metrics: { error: 1 } }, artifacts: { net: artifact }, data: [] },
    ...{ backend: null, settings, command: [], carriedOver: [] },
    environment: {
      ...{ node: 'a browser', platform: 'a page', cpu: 'unknown', cores: 1, memoryGiB: 1 },
      packages: {},
    },
    timing: { startedAt: new Date().toISOString(), seconds: 1, attempts: 1 },
  })
  expect(await store.add(result)).toBe(true)
  for (const unit of [made!, begun!]) {
    await urlFiles.write(`${store.workUrl(unitKey(unit))}/attempts.json`, new Uint8Array([1]))
  }

  const again = await openPageStore(url)
  expect(again.results()).toEqual([result])
  expect(await again.readArtifact(artifact)).toEqual(new Uint8Array([1, 2, 3]))
  expect(await again.isBegun([made!])).toBe(false)
  expect(await again.isBegun([begun!])).toBe(true)
  await again.clear()
  expect(await urlFiles.list(url)).toEqual([])
})
