// Runs one bundle of specs in a page of headless Chromium, with the arguments and the result file of jasmine.mjs.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright'
import { chromiumOptions } from '../chromium.mjs'

const [bundle, result, filter, timeout] = process.argv.slice(2)

const browser = await chromium.launch(chromiumOptions)
const page = await browser.newPage()
let ended
const end = new Promise((resolve) => (ended = resolve))
page.on('crash', () => ended('the page crashed'))
browser.on('disconnected', () => ended('Chromium ended'))
await page.exposeFunction('retableReport', (report) => {
  const kept = { ...report, browser: `Chromium ${browser.version()}` }
  writeFileSync(`${result}.tmp`, JSON.stringify(kept))
  renameSync(`${result}.tmp`, result)
})
await page.exposeFunction('retableEnd', (error) => ended(error))
// No server: localhost is a secure context, which WebGPU needs.
await page.route('http://localhost/**', (route) => {
  const { pathname } = new URL(route.request().url())
  if (pathname === '/') {
    return route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><title>conformance</title>',
    })
  }
  if (pathname === '/suite.js') {
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(bundle, 'utf8') })
  }
  return route.fulfill({ status: 404, body: '' })
})
await page.goto('http://localhost/')
await page.evaluate(
  ([suite, text, limit]) => {
    import(suite)
      .then(({ run }) => run(text, limit))
      .then(
        () => globalThis.retableEnd(''),
        (error) => globalThis.retableEnd(String(error?.stack ?? error)),
      )
  },
  ['/suite.js', filter, Number(timeout)],
)
const error = await end
await browser.close()
if (error) console.error(error)
process.exit(error ? 1 : 0)
