import type { JsonObject } from '@retable/core/host'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoredResult } from '../../unit/result.js'
import { plainPlan } from './runs.js'
import { keyOf } from '../../unit/unit-key.js'

/** A new folder for one test. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'retable-harness-'))

/** A result as a run would have left it. */
export const madeUpResult = (
  config: JsonObject,
  changes: Partial<StoredResult> = {},
): StoredResult => {
  const known = { kind: 'train-toy', version: 1, config, seed: 1, needs: {}, ...changes }
  return {
    format: 'retable-result',
    formatVersion: 1,
    key: keyOf(known),
    label: 'toy',
    cost: 1,
    metrics: { top1: 30.5 },
    curve: [{ step: 1, loss: 2.5 }],
    extra: {},
    artifacts: {},
    data: [],
    backend: { name: 'cpu' },
    environment: {
      node: 'v20.20.0',
      platform: 'linux-x64',
      cpu: 'a processor',
      cores: 2,
      memoryGiB: 8,
      packages: {},
    },
    timing: {
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:01:00.000Z',
      seconds: 60,
      attempts: 1,
    },
    settings: plainPlan,
    command: ['toy', 'run', 'toy-table1'],
    ...known,
  }
}
