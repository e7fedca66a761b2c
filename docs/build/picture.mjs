// The picture of a finished table in the README: node docs/build/picture.mjs ID TIER draws docs/public/ID.png from the stored
// results, in Chromium ($CHROMIUM_PATH, else /usr/bin/chromium). To be run again when the results change.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright'
import { chromiumOptions } from '../../tools/chromium.mjs'

const [id, tier] = process.argv.slice(2)
if (tier === undefined)
  throw new Error('expected a table and a tier: node docs/build/picture.mjs vgg-table3 cifar10')
const root = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'retable-picture-'))
const page = join(scratch, 'page.html')
const words = ['report', id, '--tier', tier, '--results', 'reproductions/results']
execFileSync(
  process.execPath,
  ['reproductions/bin/retable.js', ...words, '--format', 'html', '--output', page],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
const browser = await chromium.launch(chromiumOptions)
const view = await browser.newPage({
  // Wider than any table: what lies outside is not drawn.
  viewport: { width: 2400, height: 800 },
  deviceScaleFactor: 1.5,
})
await view.goto(pathToFileURL(page).href)
// The table and the verdicts, without the evidence.
await view.addStyleTag({
  content: `
    body { max-width: none; margin: 0; padding: 16px 24px }
    main > *:not(section), section > p, caption, .claims :is(th, td):nth-child(n + 3) { display: none }
    h1 { margin: 0 0 8px }
    section { margin: 0 0 12px }
    h2 { margin: 8px 0 4px; font-size: 1.05rem }
    th, td { padding: 3px 7px; font-size: 0.84rem; white-space: nowrap }
    main { max-width: none }
  `,
})
const [width, height] = await view.evaluate(() => {
  const tables = [...document.querySelectorAll('table')].slice(0, 2)
  for (const table of tables) table.style.width = 'auto'
  const boxes = tables.map((table) => table.getBoundingClientRect())
  return [Math.max(...boxes.map(({ right }) => right)) + 24, boxes[1].bottom + 16]
})
await view.screenshot({
  path: join(root, `docs/public/${id}.png`),
  clip: { x: 0, y: 0, width, height },
  fullPage: true,
})
await browser.close()
rmSync(scratch, { recursive: true })
