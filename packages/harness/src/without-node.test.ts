import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { madeUpResult } from './node/testing/store-helpers.js'
import * as harness from './index.js'

type Harness = typeof harness

/** The package's main entry as a page gets it and {@link makeTable}, in a realm that has none of Node's globals. */
const inPage = async (): Promise<{ page: Harness; makeTableInPage: typeof makeTable }> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'harness',
    platform: 'browser',
    conditions: ['@retable/source'],
    logLevel: 'silent',
  })
  const realm = createContext({
    TextEncoder,
    TextDecoder,
    Uint8Array,
    structuredClone,
    AbortController,
  })
  const page = runInContext(`${outputFiles[0]!.text}\n;harness`, realm) as Harness
  return {
    page,
    makeTableInPage: runInContext(`(${makeTable.toString()})`, realm) as typeof makeTable,
  }
}

/** Plans a table of two counts, collects it from no results, and renders it. */
const makeTable = async (from: Harness): Promise<string> => {
  const count = from.defineUnit<{ layers: number }>({
    kind: 'count',
    version: 1,
    exact: true,
    run: ({ config }) => ({ metrics: { layers: config.layers } }),
  })
  const table = from.defineReproduction({
    id: 'depths',
    version: 1,
    title: 'Depths',
    source: { paper: 'A paper', table: 'Table 1' },
    protocol: {},
    metrics: [{ id: 'layers', name: 'layers', unit: '', better: 'higher' }],
    cells: [
      { id: 'a', row: 'A', paper: { layers: 11 }, config: { layers: 11 } },
      { id: 'b', row: 'B', paper: { layers: 13 }, config: { layers: 12 } },
    ],
    claims: [],
    deviations: [],
    plan: ({ config }) => count({ config }),
  })
  const source = { snapshot: () => ({ find: () => undefined }), fileNames: () => [] }
  const plan = from.planReport(table, {}, source)
  const keys = from.unitsOf(plan).map((unit) => from.unitKey(unit))
  const report = await from.collectReport(plan, source, 'a page')
  return JSON.stringify([keys, from.renderCsv(report), await from.html.render(report)])
}

test('keys, plans, collected reports and encoded results come out in a page as in Node', async () => {
  const { page, makeTableInPage } = await inPage()
  const made = await makeTableInPage(page)
  expect(made).toContain('differs')
  expect(made).toBe(await makeTable(harness))
  const result = madeUpResult({ net: 'A' })
  const { name, text } = page.encodeResult(result)
  expect({ name, text }).toEqual(harness.encodeResult(result))
  const bytes = new TextEncoder().encode(text)
  expect(JSON.stringify(page.decodeResult('x', name, bytes))).toBe(
    JSON.stringify(harness.decodeResult('x', name, bytes)),
  )
  expect(() => page.decodeResult('x', name, bytes.subarray(0, 500))).toThrow('was cut short')
})
