import { PassThrough } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { terminalProgress } from './terminal-progress.js'

afterEach(() => void vi.unstubAllEnvs())

const sink = (isTTY: boolean) => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 20 })
  const text = () => String(stream.read() ?? '')
  return { stream: stream as unknown as NodeJS.WriteStream, text }
}
const event = { phase: 'training', steps: 100, loss: 1.23456, imagesPerSecond: 250 } as const

test('without a terminal: the first event, then one line a while, and the last', () => {
  const { stream, text } = sink(false)
  const progress = terminalProgress({ label: 'D', stream, everySeconds: 60 })
  for (let step = 1; step <= 40; step++) progress.onProgress({ ...event, step })
  progress.log('hello')
  progress.close()
  expect(text().split('\n')).toEqual([
    'D training 1/100 · loss 1.235 · 250 images/s',
    'D hello',
    'D training 40/100 · loss 1.235 · 250 images/s',
    '',
  ])
})

test('on a terminal: a bar with the numbers, and lines above it', async () => {
  vi.stubEnv('CI', '')
  const { stream, text } = sink(true)
  const progress = terminalProgress({ label: 'D', stream })
  progress.onProgress({ ...event, step: 40 })
  progress.log('hello')
  await new Promise((resolve) => setTimeout(resolve, 300))
  progress.close()
  const shown = text()
  expect(shown).toContain('hello')
  expect(shown).toContain('training 40/100 · loss 1.235 · 250 images/s')
  expect(shown).toMatch(/D [█░]{20}/)
})

test('on a terminal with CI set: plain lines', () => {
  vi.stubEnv('CI', '1')
  const { stream, text } = sink(true)
  const progress = terminalProgress({ label: 'D', stream })
  progress.onProgress({ ...event, step: 100 })
  progress.close()
  expect(text()).toBe('D training 100/100 · loss 1.235 · 250 images/s\n')
})
