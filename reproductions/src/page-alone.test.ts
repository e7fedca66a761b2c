import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cifar10 } from '@retable/datasets/node'
import { chromium as playwright, type BrowserContext, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  chromium,
  computed,
  folder,
  helpersOf,
  resultsIn,
  start,
  until,
  type Ended,
} from './testing/in-browser.js'

// The page that makes tables, on the build and in a real Chromium, served without any header that a static host lacks.

const script = fileURLToPath(new URL('../scripts/serve-page.mjs', import.meta.url))
const folders: string[] = []
const temporary = (): string => {
  const made = folder()
  folders.push(made)
  return made
}

describe.skipIf(chromium() === undefined)('the page', { timeout: 400_000 }, () => {
  let server: ChildProcess
  let url: string
  let opened: BrowserContext | undefined
  const profile = temporary()

  beforeAll(async () => {
    server = spawn(process.execPath, [script, '--port', '0', '--plain'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    server.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until('the server', () => /http:\S+/.test(said))
    url = /http:\S+/.exec(said)![0]
  })
  afterAll(() => {
    server.kill()
    for (const one of folders) rmSync(one, { recursive: true, force: true })
  })
  // A test that failed must not keep the profile from the next one.
  afterEach(() => opened?.close())

  const open = async (
    search: string,
    options: Parameters<typeof playwright.launchPersistentContext>[1] = {},
  ): Promise<{ context: BrowserContext; page: Page; errors: string[] }> => {
    const context = await playwright.launchPersistentContext(profile, {
      executablePath: chromium()!,
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
      acceptDownloads: true,
      ...options,
    })
    opened = context
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.goto(`${url}${search}`)
    await page.locator('html[data-ready=true]').waitFor({ timeout: 60_000 })
    return { context, page, errors }
  }

  /** The results of the page's link, made by Node's wasm. */
  const madeInNode = async (steps: string): Promise<string> => {
    const results = temporary()
    const small = ['--only', 'A-256', '--steps', steps, '--test-limit', '8']
    const words = ['run', 'vgg-table3', ...small, '--backend', 'wasm', '--results', results]
    expectExit(await start(words).ended)
    return results
  }

  /** The file that a page exports. */
  const exported = async (page: Page): Promise<string> => {
    await page.locator('#files summary').click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#export').click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^vgg-table3\.[a-z0-9]+\.jsonl$/)
    const file = join(temporary(), 'exported.jsonl')
    await download.saveAs(file)
    return file
  }

  const importedFrom = async (file: string): Promise<string> => {
    const results = temporary()
    expectExit(await start(['import', file, '--results', results]).ended)
    return results
  }

  const link =
    '?table=vgg-table3&tier=synthetic&seeds=1&only=A-256&steps=20&test-limit=8&backend=wasm'

  test('runs, pauses, is closed, resumes in another, is left while it trains, and exports what Node reads: the numbers of Node’s own wasm', async () => {
    const first = await open(link)
    expect(await first.page.locator('input[value=wasm]').isChecked()).toBe(true)
    expect(await first.page.locator('#left').textContent()).toContain('2 units to run')
    await first.page.locator('#run').click()
    await first.page
      .locator('#step', { hasText: /training: [3-9] of 20/ })
      .waitFor({ timeout: 60_000 })
    await first.page.locator('#pause').click()
    await first.page.locator('#notice', { hasText: 'Paused' }).waitFor({ timeout: 60_000 })
    expect(first.errors).toEqual([])
    await first.context.close()

    const second = await open(link)
    expect(await second.page.locator('#run').textContent()).toBe('Resume')
    await second.page.locator('#run').click()
    await second.page.locator('#log', { hasText: /checkpoint after step \d+ of 20/ }).waitFor()
    await second.page
      .locator('#step', { hasText: /training: 1\d of 20/ })
      .waitFor({ timeout: 60_000 })
    // The tab is closed while it trains, on a busy machine: the browser asks first, and is told at once to go ahead.
    const over = busy()
    try {
      await leave(second.page)
    } finally {
      over()
    }
    const third = await second.context.newPage()
    await third.goto(`${url}${link}`)
    await third.locator('html[data-ready=true]').waitFor({ timeout: 60_000 })
    await third.locator('#run').click()
    await third.locator('#log', { hasText: /checkpoint after step \d+ of 20/ }).waitFor()
    await third.locator('#notice', { hasText: 'Done' }).waitFor({ timeout: 120_000 })
    // Playwright looks into the shadow root that holds the report.
    await third.locator('#report').getByText('(1)').first().waitFor()
    const file = await exported(third)
    expect(second.errors).toEqual([])
    await second.context.close()

    const inNode = await madeInNode('20')
    const imported = await importedFrom(file)
    expect(computed(imported)).toEqual(computed(inNode))
    const verified = await start(['verify', '--results', imported]).ended
    expectExit(verified)
    expect(verified.out).toContain('2 results and 2 artifacts checked')
    const report = async (results: string) =>
      (
        await start([
          ...['report', 'vgg-table3', '--steps', '20', '--test-limit', '8'],
          ...['--results', results, '--format', 'csv'],
        ]).ended
      ).out
    expect(await report(imported)).toBe(await report(inNode))

    // Another browser has nothing, until the file is opened in it.
    const another = await open('?table=vgg-table2')
    await another.page.locator('#files summary').click()
    another.page.on('dialog', (dialog) => void dialog.accept())
    await another.page.locator('#clear').click()
    await another.page.locator('#open').setInputFiles(file)
    await another.page.locator('#notice', { hasText: '2 results, 2 of them new here' }).waitFor()
    expect(another.page.url()).toContain('table=vgg-table3&tier=synthetic&seeds=1&steps=20')
    await another.page.locator('#report').getByText('(1)').first().waitFor()
    await another.context.close()
  })

  test('its process is killed again and again while it trains: it resumes from a checkpoint, to the bits of Node’s own wasm', async () => {
    const longer = link.replace('steps=20', 'steps=30')
    const { context } = await open(longer)
    const tab = async (): Promise<Page> => {
      const page = await context.newPage()
      await page.goto(`${url}${longer}`)
      await page.locator('html[data-ready=true]').waitFor({ timeout: 60_000 })
      await page.locator('#run').click()
      return page
    }
    for (const seen of [
      /training: [4-9] of 30/,
      /training: 1[0-9] of 30/,
      /training: 2[0-9] of 30/,
    ]) {
      const page = await tab()
      await page.locator('#step', { hasText: seen }).waitFor({ timeout: 60_000 })
      const crashed = page.waitForEvent('crash')
      for (const pid of helpersOf('renderer', profile)) process.kill(pid, 'SIGKILL')
      await crashed
      await page.close()
    }
    const last = await tab()
    await last.locator('#log', { hasText: /checkpoint after step \d+ of 30/ }).waitFor()
    await last.locator('#notice', { hasText: 'Done' }).waitFor({ timeout: 120_000 })
    const file = await exported(last)
    await context.close()
    expect(computed(await importedFrom(file))).toEqual(computed(await madeInNode('30')))
  })

  test('two tabs do not train one unit: the second waits, and then has the result', async () => {
    const only = link.replace('steps=20', 'steps=6')
    const { context, page } = await open(only)
    const other = await context.newPage()
    await other.goto(`${url}${only}`)
    await other.locator('html[data-ready=true]').waitFor({ timeout: 60_000 })
    await page.locator('#run').click()
    await page.locator('#step', { hasText: /training: [1-9] of 6/ }).waitFor({ timeout: 60_000 })
    await other.locator('#run').click()
    await other.locator('#notice', { hasText: 'Another tab runs' }).waitFor()
    for (const one of [page, other]) {
      await one
        .locator('#left', { hasText: 'Every unit has its result' })
        .waitFor({ timeout: 120_000 })
    }
    await context.close()
  })

  test('every choice is in the link, fits a phone, and is reached by the keyboard', async () => {
    const { context, page } = await open('', { viewport: { width: 390, height: 844 } })
    await page.locator('#table').selectOption('alexnet-table1')
    await page.locator('#more summary').click()
    await page.locator('#seeds').fill('1,2,3')
    await page.locator('#seeds').blur()
    await page.locator('#overrides input').first().fill('7')
    await page.locator('#overrides input').first().blur()
    expect(new URL(page.url()).search).toMatch(/^\?table=alexnet-table1&seeds=1,2,3&[a-z-]+=7/)
    expect(await page.locator('#command').textContent()).toMatch(
      /^retable run alexnet-table1 --seeds 1,2,3 --[a-z-]+ 7$/,
    )
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    await page.locator('#more summary').focus()
    const reached: string[] = []
    for (let i = 0; i < 30 && !reached.includes('run'); i++) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate(() => document.activeElement?.id ?? ''))
    }
    expect(reached).toContain('run')
    await context.close()
  })

  test('CIFAR-10’s archive is dropped, parsed and trained on; its fingerprints are Node’s', async () => {
    const set = temporary()
    const records = 12
    const at = join(set, 'cifar-10-batches-bin')
    mkdirSync(at)
    const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)
    for (const [i, name] of [...names, 'test_batch.bin'].entries()) {
      writeFileSync(join(at, name), cifarRecords(records, i))
    }
    const archive = join(set, 'cifar-10-binary.tar.gz')
    execFileSync('tar', ['-C', set, '-czf', archive, 'cifar-10-batches-bin'])
    const inNode = async (split: 'train' | 'test') =>
      (await cifar10({ dir: at, split, recordsPerFile: records })).fingerprint

    const { context, page, errors } = await open(
      '?table=vgg-table3&tier=cifar10&seeds=1&only=A-256&steps=2&limit=24&test-limit=4&backend=wasm',
    )
    await page.locator('#run').click()
    await page.locator('#notice.error', { hasText: 'this page has no CIFAR-10 yet' }).waitFor()
    const dropped = await page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], 'cifar-10-binary.tar.gz', { type: 'application/gzip' }))
      return transfer
    }, readFileSync(archive).toString('base64'))
    await page.dispatchEvent('body', 'drop', { dataTransfer: dropped })
    await page.locator('#notice', { hasText: 'CIFAR-10 is here: 72 images.' }).waitFor()
    await page.locator('#run').click()
    await page.locator('#notice', { hasText: 'Done' }).waitFor({ timeout: 120_000 })
    const file = await exported(page)
    expect(errors).toEqual([])
    await context.close()

    const imported = await importedFrom(file)
    const used = Object.fromEntries(resultsIn(imported).map(({ kind, data }) => [kind, data]))
    expect(Object.keys(used).sort()).toEqual(['evaluate-net', 'train-net'])
    expect(used['train-net']).toMatchObject([{ fingerprint: await inNode('train') }])
    expect(used['evaluate-net']).toMatchObject([{ fingerprint: await inNode('test') }])
  })

  test('CIFAR-10’s unpacked folder is dropped, or its files are chosen: it is used as the archive is', async () => {
    const at = join(temporary(), 'cifar-10-batches-bin')
    mkdirSync(at)
    const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)
    for (const [i, name] of [...names, 'test_batch.bin', 'batches.meta.txt'].entries()) {
      writeFileSync(join(at, name), cifarRecords(3, i))
    }
    const { context, page, errors } = await open('?table=vgg-table3&tier=cifar10')
    const said = page.locator('#notice')
    await page.locator('#open').setInputFiles(names.map((name) => join(at, name)))
    await said.filter({ hasText: 'the folder holds no test_batch.bin' }).waitFor()
    await page.locator('#open').setInputFiles([...names, 'test_batch.bin'].map((n) => join(at, n)))
    await said.filter({ hasText: 'CIFAR-10 is here: 18 images.' }).waitFor()
    await page.reload()
    await page.locator('html[data-ready=true]').waitFor({ timeout: 60_000 })
    // A real drop of a folder, as the browser's own protocol makes it.
    const session = await context.newCDPSession(page)
    const data = { items: [], files: [at], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x: 50, y: 50, data })
    }
    await said.filter({ hasText: 'CIFAR-10 is here: 18 images.' }).waitFor()
    expect(errors).toEqual([])
    await context.close()
  })

  test('what is dropped and is nothing is said so, in a sentence', async () => {
    const { context, page } = await open('')
    const bad = { name: 'notes.jsonl', mimeType: 'text/plain', buffer: Buffer.from('hello') }
    await page.locator('#open').setInputFiles(bad)
    await page.locator('#notice.error', { hasText: 'is no archive of results' }).waitFor()
    const gz = { name: 'cifar-10-binary.tar.gz', mimeType: 'application/gzip' }
    await page.locator('#open').setInputFiles({ ...gz, buffer: Buffer.from([0x1f, 0x8b, 8, 0]) })
    await page.locator('#notice.error', { hasText: 'is cut short or damaged' }).waitFor()
    await context.close()
  })
})

/** Closes a tab that trains, and answers the browser's question at once. */
const leave = async (page: Page): Promise<void> => {
  const asked = page.waitForEvent('dialog')
  await page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.accept()
  await expect.poll(() => page.isClosed(), { timeout: 10_000 }).toBe(true)
}

/** Keeps every core busy until it is called off. */
const busy = (): (() => void) => {
  const words = ['-e', 'for (;;) {}']
  const loops = availableParallelism() * 2
  const children = Array.from({ length: loops }, () => spawn(process.execPath, words))
  return () => children.forEach((child) => child.kill('SIGKILL'))
}

const expectExit = (ended: Ended): void => expect(ended.code, `${ended.out}\n${ended.err}`).toBe(0)

/** Records of CIFAR-10's binary layout: a label, then the planes; every byte follows from the record's number. */
const cifarRecords = (count: number, salt: number): Uint8Array => {
  const bytes = new Uint8Array(count * 3073)
  for (let r = 0; r < count; r++) {
    bytes[r * 3073] = (r + salt) % 10
    for (let i = 1; i < 3073; i++) bytes[r * 3073 + i] = (i * 7 + r * 13 + salt * 101) % 256
  }
  return bytes
}
