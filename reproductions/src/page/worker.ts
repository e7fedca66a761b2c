import { servePage } from '@retable/harness/page'
import { openPageData } from '../data/page/open-page-data.js'
import { loadBackend } from '../load-backend.js'
import { units } from '../units/units.js'

/** The worker of every page of these reproductions: of the command's, and of the site's. wasm's files lie beside it. */
servePage({
  units,
  useBackend: async ({ name, threads }) => {
    const paths = new URL('./', location.href).href
    const { name: used, why, details, lost } = await loadBackend(name, { paths, threads })
    return { name: used, why, details: { ...details }, lost }
  },
  openData: openPageData,
})
