import type { Driver } from '../driver.js'
import { packageFactory } from '../package-factory.js'
import { registerFilterGradient } from '../cpu/conv2d-backprop-filter.js'

/** tfjs's plain JavaScript backend: every kernel, everywhere, slowly. */
export const cpuDriver: Driver = {
  name: 'cpu',
  tfName: 'cpu',
  runtimes: ['node', 'browser'],
  auto: { node: 4, browser: 4 },
  needs: 'nothing',
  options: [],
  load: async () => {
    const factory = await packageFactory('cpu', () => import('@tensorflow/tfjs-backend-cpu'))
    registerFilterGradient()
    return {
      detail: 'plain JavaScript',
      // The backend advertises tfjs-node at its first tensor in Node. A caller of useBackend has made a choice,
      // so the notice counts as given; every other warning stays.
      create: async () => Object.assign(await factory(), { firstUse: false }),
    }
  },
}
