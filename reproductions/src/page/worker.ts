import { useBackend } from '@retable/backends'
import { servePage } from '@retable/harness/page'
import { openPageData } from '../data/page/open-page-data.js'
import { units } from '../units/units.js'

/** The worker of every page of these reproductions: of the command's, and of the site's. wasm's files lie beside it. */
servePage({
  units,
  useBackend: async ({ name, threads }) => {
    const paths = new URL('./', location.href).href
    const wasm = { paths, ...(threads !== undefined && { threads }) }
    const options = name === 'auto' ? { wasm } : name === 'wasm' ? wasm : {}
    const { name: used, why, details, lost } = await useBackend(name as 'auto', options)
    return { name: used, why, details: { ...details }, lost }
  },
  openData: openPageData,
})
