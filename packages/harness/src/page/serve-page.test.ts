import { afterEach, expect, test, vi } from 'vitest'
import { defineUnit } from '../unit/unit.js'
import type { FromPage, ToPage } from './messages.js'
import { servePage } from './serve-page.js'

afterEach(() => vi.unstubAllGlobals())

const kind = (run: () => Promise<never>) => defineUnit({ kind: 'toy', version: 1, run })

/** The error of a unit that fails on a GPU which the browser takes away so long after the failure, or never. */
const errorOf = async (lostAfter: number | undefined): Promise<unknown> => {
  vi.stubGlobal('navigator', { userAgent: 'Chrome/1.2' })
  let take: (sentence: string) => void = () => undefined
  const lost = new Promise<string>((resolve) => (take = resolve))
  const toy = kind(async () => {
    if (lostAfter !== undefined) setTimeout(() => take('the browser lost its GPU'), lostAfter)
    throw new Error('a shader does not compile')
  })
  let hear: (event: { readonly data: ToPage }) => void = () => undefined
  const told = new Promise<FromPage>((resolve) =>
    servePage(
      {
        units: [toy],
        useBackend: async () => ({ name: 'webgl', why: 'asked for', lost }),
        openData: () => Promise.reject(new Error('no data')),
      },
      { postMessage: resolve, addEventListener: (_, listener) => (hear = listener) },
    ),
  )
  const context = {
    ...{ config: {}, seed: 1, needs: {}, workDir: '', artifactDir: '', identity: {} },
    ...{ checkpointMinutes: 5, force: false },
  }
  const unit = { kind: 'toy', version: 1, label: 'toy' }
  hear({ data: { type: 'run', run: 1, unit, backend: { name: 'webgl' }, context } })
  return told
}

test('a unit that fails because the browser took the GPU away says so, though the event comes later', async () => {
  expect(await errorOf(50)).toMatchObject({
    type: 'failed',
    error: { code: 'unavailable', message: 'the browser lost its GPU' },
  })
})

test('a unit that fails on a GPU that is there says why', async () => {
  expect(await errorOf(undefined)).toMatchObject({
    type: 'failed',
    error: { message: 'a shader does not compile' },
  })
})
