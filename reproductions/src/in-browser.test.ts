import { readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { chromium as playwright, type Page } from 'playwright'
import {
  chromium,
  chromiumsIn,
  computed,
  folder,
  gpuProcessesIn,
  linesTold,
  lives,
  resultsIn,
  start,
  stepsTold,
  until,
  type Ended,
  type Running,
} from './testing/in-browser.js'

// The command on the build, with a real Chromium: what a unit computes there, and what becomes of it when something dies.

const temporary = folder()
const folders = [temporary]
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true })
})
const results = (): string => {
  const made = folder()
  folders.push(made)
  return made
}

const small = ['run', 'vgg-table3', '--only', 'A-256', '--test-limit', '8']
const env = { TMPDIR: temporary }
const run = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  start(words, { ...env, ...more })
const expectExit = (ended: Ended, code: number): void =>
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(code)

test('without Chromium: one sentence that says what to install or to set, and exit code 1', async () => {
  const words = [...small, '--steps', '1', '--backend', 'webgl', '--results', results()]
  const ended = await run(words, { PATH: '/nowhere', CHROMIUM_PATH: '' }).ended
  expectExit(ended, 1)
  expect(ended.err).toMatch(
    /^retable: no Chromium was found: install one .*, set CHROMIUM_PATH to it, or [^\n]*\n$/,
  )
})

test('doctor says where Chromium is, or what to do', async () => {
  const none = await start(['doctor'], { CHROMIUM_PATH: '/nowhere/chromium' }).ended
  expectExit(none, 0)
  expect(none.out).toContain(
    'no   chromium  CHROMIUM_PATH is /nowhere/chromium, which is not a program that can be started',
  )
  if (chromium() === undefined) return
  const { out } = await start(['doctor']).ended
  expect(out).toMatch(/^ {2}yes {2}chromium {2}Chrom\w+ \d[\d.]+, \//m)
  expect(out).toMatch(/^ {2}yes {2}webgl {5}.*\d.*; 32-bit float textures$/m)
  expect(out).toMatch(/^ {2}yes {2}wasm {6}SIMD, [1-4] threads?$/m)
  // Without a GPU both say so.
  const [webgl, webgpu] = ['webgl', 'webgpu'].map((name) =>
    out.split('\n').findLast((line) => line.includes(` ${name} `)),
  )
  for (const line of [webgl, webgpu]) {
    expect(/swiftshader/i.test(line!)).toBe(line!.includes('software: slow'))
  }
})

test('--browser takes the backends that run in one', async () => {
  const words = [...small, '--backend', 'onnx', '--browser', 'headless', '--results', results()]
  const ended = await run(words).ended
  expectExit(ended, 2)
  // Which comes first depends on whether the package webgpu is installed in Node.
  const [, named] = /--browser takes the backends that run in one \((.+)\), got onnx/.exec(
    ended.err,
  )!
  expect(named!.split(', ').sort()).toEqual(['auto', 'cpu', 'wasm', 'webgl', 'webgpu'])
})

describe.skipIf(chromium() === undefined)('in Chromium', { timeout: 280_000 }, () => {
  test('webgl: the result names the backend, the browser, the renderer and float32', async () => {
    const at = results()
    const words = [...small, '--steps', '2', '--backend', 'webgl', '--results', at]
    expectExit(await run(words).ended, 0)
    for (const { backend } of resultsIn(at)) {
      expect(backend).toMatchObject({
        name: 'webgl',
        version: expect.stringMatching(/Chrom\w+ \d+\.\d+/) as string,
        details: { renderer: expect.stringMatching(/./) as string, float32: true, isolated: true },
      })
    }
    expect(chromiumsIn(temporary)).toEqual([])
  })

  test('webgpu: the result names the backend, the browser and the adapter; a lost device ends the unit, a retry finishes it', async () => {
    const at = results()
    const words = [...small.slice(0, 4), '--test-limit', '2', '--limit', '8', '--steps', '1']
    const backend = ['--backend', 'webgpu', '--browser', 'headless']
    const going = run([...words, ...backend, '--retries', '1', '--results', at])
    await until('step 1', () => going.out().includes('step 1/1') || going.over())
    const gpu = gpuProcessesIn(temporary)
    expect(gpu).toHaveLength(1)
    const lost = Date.now()
    process.kill(gpu[0]!, 'SIGKILL')
    await until('the error', () => going.out().includes('trying again') || going.over())
    expect(Date.now() - lost).toBeLessThan(5000)
    expect(going.out()).toMatch(/the browser lost its WebGPU device \(.+\) on .+; trying again/)
    expect(readdirSync(`${at}/runs`)).toEqual([])
    expectExit(await going.ended, 0)
    expect(resultsIn(at).map(({ kind }) => kind)).toEqual(['evaluate-net', 'train-net'])
    for (const { backend } of resultsIn(at)) {
      expect(backend).toMatchObject({
        name: 'webgpu',
        version: expect.stringMatching(/Chrom\w+ \d+\.\d+/) as string,
        details: { renderer: expect.stringMatching(/^(?!an adapter that)./) as string },
      })
    }
    expect(chromiumsIn(temporary)).toEqual([])
  })

  test('webgl without 32-bit float textures is refused before the first update', async () => {
    const at = results()
    const words = [...small, '--steps', '1', '--backend', 'webgl', '--browser', 'open']
    const going = run([...words, '--results', at])
    await inPlaywright(going, async (page, url) => {
      // As on a device whose GPU cannot draw to them.
      await page.route('**/worker.js*', async (route) => {
        const response = await route.fetch()
        const without = `{
          const { getExtension } = WebGL2RenderingContext.prototype
          WebGL2RenderingContext.prototype.getExtension = function (name) {
            return name === 'EXT_color_buffer_float' ? null : getExtension.call(this, name)
          }
        }\n`
        await route.fulfill({ response, body: without + (await response.text()) })
      })
      await page.goto(url)
      expectExit(await going.ended, 1)
    })
    expect(going.err()).toContain('this device’s WebGL computes in 16-bit numbers')
    expect(going.out()).not.toContain('step 1/1')
    expect(readdirSync(`${at}/runs`)).toEqual([])
  })

  test('wasm: the same keys and bytes as in Node, whatever stops it; nothing is left behind', async () => {
    const steps = ['--steps', '9']
    const often = ['--checkpoint-every', '0.0005']
    const inNode = results()
    expectExit(await run([...small, ...steps, '--backend', 'wasm', '--results', inNode]).ended, 0)
    const expected = computed(inNode)
    const inPage = (at: string, ...more: string[]) =>
      run([
        ...small,
        ...steps,
        ...often,
        ...['--backend', 'wasm', '--browser', 'headless', '--results', at, ...more],
      ])

    // Ctrl-C, then the browser killed, then to the end.
    const first = results()
    const stopped = inPage(first)
    await until('step 3', () => stepsTold(first) >= 3 || stopped.over())
    stopped.kill('SIGINT')
    const interrupted = await stopped.ended
    expectExit(interrupted, 130)
    expect(interrupted.err).toContain('--backend wasm --browser headless')
    expect(readdirSync(`${first}/runs`)).toEqual([])
    const again = inPage(first, '--retries', '1')
    await until('step 6', () => stepsTold(first) >= 6 || again.over())
    for (const pid of chromiumsIn(temporary)) process.kill(pid, 'SIGKILL')
    const finished = await again.ended
    expectExit(finished, 0)
    expect(finished.out).toContain('the browser was killed by SIGKILL')
    expect(linesTold(first).filter((line) => line.includes('checkpoint after step'))).toHaveLength(
      2,
    )
    expect(computed(first)).toEqual(expected)

    // The command killed: its browser ends by itself.
    const second = results()
    const killed = inPage(second)
    await until('step 2', () => stepsTold(second) >= 2 || killed.over())
    const [pid] = chromiumsIn(temporary)
    expect(lives(pid!)).toBe(true)
    killed.kill('SIGKILL')
    await killed.ended
    await until('the end of Chromium', () => !lives(pid!))
    expectExit(await inPage(second).ended, 0)
    expect(computed(second)).toEqual(expected)
    // The command's pages are isolated, so that wasm has its threads there too: with the same bytes.
    const threads = Math.min(availableParallelism(), 4)
    for (const { backend } of resultsIn(second)) {
      expect(backend.why).toContain(`SIMD, ${threads} thread`)
    }
    expect(readdirSync(temporary).filter((name) => name.startsWith('retable-chromium'))).toEqual([])

    const verified = await start(['verify', '--results', second]).ended
    expectExit(verified, 0)
    const report = (at: string) =>
      start([
        'report',
        'vgg-table3',
        ...steps,
        '--test-limit',
        '8',
        '--results',
        at,
        '--format',
        'csv',
      ]).ended
    expect((await report(second)).out).toBe((await report(inNode)).out)
  })

  test('--jobs 2 uses two browsers', async () => {
    const at = results()
    const words = [
      'run',
      'vgg-table3',
      '--only',
      'A-256,B-256',
      '--test-limit',
      '4',
      '--steps',
      '1',
    ]
    const going = run([
      ...words,
      '--jobs',
      '2',
      '--backend',
      'wasm',
      '--browser',
      'headless',
      '--results',
      at,
    ])
    let most = 0
    await until('the end', () => {
      most = Math.max(most, chromiumsIn(temporary).length)
      return going.over()
    })
    expectExit(await going.ended, 0)
    expect(resultsIn(at)).toHaveLength(4)
    expect(most).toBe(2)
  })

  test('a lost WebGL context ends the unit within 5 seconds, keeps nothing of it, and a retry finishes it', async () => {
    const at = results()
    const words = [...small, '--steps', '2', '--backend', 'webgl', '--browser', 'open']
    const going = run([...words, '--retries', '1', '--results', at])
    await inPlaywright(going, async (page, url) => {
      await page.goto(url)
      await until('step 1', () => going.out().includes('step 1/2') || going.over())
      const lost = Date.now()
      await page.workers()[0]!.evaluate(() => {
        const { _tfengine } = globalThis as unknown as {
          _tfengine: { backend: { gpgpu: { gl: WebGLRenderingContext } } }
        }
        _tfengine.backend.gpgpu.gl.getExtension('WEBGL_lose_context')!.loseContext()
      })
      await until('the error', () => going.out().includes('lost its WebGL context') || going.over())
      expect(Date.now() - lost).toBeLessThan(5000)
      expect(readdirSync(`${at}/runs`)).toEqual([])
      expectExit(await going.ended, 0)
      expect(resultsIn(at).map(({ kind }) => kind)).toEqual(['evaluate-net', 'train-net'])
    })
  })
})

/** Waits for the URL that `--browser open` says, and uses a page of a browser of ours for it. */
const inPlaywright = async (
  going: Running,
  use: (page: Page, url: string) => Promise<void>,
): Promise<void> => {
  await until('the URL', () => /http:\/\/127\S+\s/.test(going.err()) || going.over())
  const url = /http:\/\/127\S+/.exec(going.err())![0]
  const browser = await playwright.launch({
    executablePath: chromium()!,
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  })
  try {
    await use(await browser.newPage(), url)
  } finally {
    await browser.close()
  }
}
