import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { describe, expect, onTestFinished, test } from 'vitest'
import { preview } from 'vite'
import { chromiumOptions } from '../chromium.mjs'

const root = join(import.meta.dirname, '../../examples')

/** What each example prints when it works. */
const prints: Readonly<Record<string, RegExp>> = {
  'cifar10-pca-color': /^2000 images, \d+ per second$/m,
  'export-onnx': /^Node: {3}(?:-?\d\.\d{5} ?){4}$/m,
  'fine-tune-vgg': /^error on 80 test images: \d/m,
  'own-data-set': /^160 \+ 40 images/m,
  'own-paper': /^- SUPPORTED: sixteen filters have a lower error than one/m,
}

/** What `npm start` prints in an example's folder, with the words after `--`. */
const printedBy = (name: string, ...words: readonly string[]): string =>
  execFileSync('npm', ['start', '--silent', '--', ...words], {
    cwd: join(root, name),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })

const linesOf = (file: string): number => readFileSync(file, 'utf8').trimEnd().split('\n').length

const examples = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('there are six, and each is tested here', () => {
  expect(examples).toEqual([...Object.keys(prints), 'lrn-in-a-page'].sort())
})

describe.each(examples)('%s', (name) => {
  const folder = join(root, name)
  test('has at most 60 lines of code and five of README', () => {
    const code = readdirSync(folder).filter((file) => /\.(?:mjs|js|html)$/.test(file))
    const lines = code.map((file) => linesOf(join(folder, file)))
    expect(lines.reduce((sum, n) => sum + n)).toBeLessThanOrEqual(60)
    expect(linesOf(join(folder, 'README.md'))).toBeLessThanOrEqual(5)
  })
})

describe.each(Object.entries(prints))('%s', (name, expected) => {
  test('runs and prints what it promises', () => {
    const printed = printedBy(name)
    expect(printed).toMatch(expected)
    // With onnxruntime at hand, Python prints the same four numbers.
    const [node, python] = ['Node', 'Python'].map(
      (who) => new RegExp(`^${who}: +(-?\\d.*)$`, 'm').exec(printed)?.[1],
    )
    if (python !== undefined) {
      const numbers = (text = '') => text.split(' ').map(Number)
      numbers(python).forEach((value, i) => expect(value).toBeCloseTo(numbers(node)[i]!, 4))
    }
  })
})

test('cifar10-pca-color reads CIFAR-10 from a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retable-cifar10-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const set = join(folder, 'cifar-10-batches-bin')
  mkdirSync(set)
  // Files of the official size, 10,000 records each. Those of 2,000 have pixels; the rest are holes, which take no disk.
  const bytes = Uint8Array.from({ length: 2000 * 3073 }, (_, i) =>
    i % 3073 === 0 ? 0 : (i * 7919) % 251,
  )
  for (const batch of [1, 2, 3, 4, 5]) {
    const file = join(set, `data_batch_${batch}.bin`)
    writeFileSync(file, batch === 1 ? bytes : '')
    truncateSync(file, 10_000 * 3073)
  }
  expect(printedBy('cifar10-pca-color', folder)).toMatch(prints['cifar10-pca-color']!)
})

test('lrn-in-a-page builds, and its slider changes the maps', async () => {
  const folder = join(root, 'lrn-in-a-page')
  execFileSync('npx', ['vite', 'build', '--logLevel', 'warn'], { cwd: folder, stdio: 'inherit' })
  const server = await preview({ root: folder, preview: { port: 0 }, logLevel: 'silent' })
  const browser = await chromium.launch(chromiumOptions)
  try {
    const page = await browser.newPage()
    await page.goto(server.resolvedUrls!.local[0]!)
    const out = page.locator('#out')
    // Map 2 of [1, 2, 8, 2, 1, …]: 8 / (2 + 0.5 · 74)^0.75.
    await expect.poll(() => out.textContent()).toContain(`map 2  ${(8 / 39 ** 0.75).toFixed(3)}`)
    await page.locator('#alpha').fill('0')
    expect(await out.textContent()).toContain(`map 2  ${(8 / 2 ** 0.75).toFixed(3)}`)
  } finally {
    await browser.close()
    await server.close()
  }
})
