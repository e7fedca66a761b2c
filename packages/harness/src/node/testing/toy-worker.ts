import { servePage, urlFiles } from '../../page/index.js'
import { toyUnits } from './toy-units.js'

const { trainToy, evaluateToy } = toyUnits({
  read: async (url) => {
    const bytes = await urlFiles.read(url)
    return bytes && new TextDecoder().decode(bytes)
  },
  write: (url, text) => urlFiles.write(url, new TextEncoder().encode(text)),
  log: () => undefined,
  held: async () => undefined,
  die: (how) => {
    throw new Error(`a page has no way to end by ${how}`)
  },
})

/** The worker of the toy page: the toy units over the files of the command. */
servePage({
  units: [trainToy, evaluateToy],
  useBackend: async ({ name }) => ({ name }),
  openData: async (_, { fingerprint = '' }) => ({ fingerprint }),
})
