import { expect, test } from 'vitest'
import type { CommandContext } from './options.js'
import { servicesFor } from './run-settings.js'

test('a unit that was queued without a folder of data sets finds them where its worker has them', async () => {
  const opened = async (env: Readonly<Record<string, string>>, data?: string) => {
    let dir = ''
    const options = {
      openData: (_: unknown, where: { readonly dir: string }) => {
        dir = where.dir
        return { fingerprint: 'x' }
      },
      env,
    } as unknown as CommandContext
    const settings = { backend: 'cpu', ...(data === undefined ? {} : { data }) }
    await servicesFor(options, settings, new AbortController().signal).openData({})
    return dir
  }
  expect(await opened({ RETABLE_DATA: '/worker' })).toBe('/worker')
  expect(await opened({ RETABLE_DATA: '/worker' }, '/queued')).toBe('/queued')
  expect(await opened({})).toBe('data')
})
