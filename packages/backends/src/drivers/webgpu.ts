import { RetableError } from '@retable/core'
import type { Driver } from '../driver.js'
import { inspectWebgpu } from '../details.js'
import { packageFactory } from '../package-factory.js'

interface Gpu {
  requestAdapter(): Promise<unknown>
}

/** tfjs's WebGPU backend, in browsers that have `navigator.gpu`. */
export const webgpuDriver: Driver<'webgpu'> = {
  name: 'webgpu',
  tfName: 'webgpu',
  runtimes: ['browser'],
  needs: 'a browser with WebGPU (navigator.gpu)',
  options: [],
  load: async () => {
    const gpu = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu
    if (!gpu) {
      throw new RetableError(
        'unavailable',
        'the "webgpu" backend needs WebGPU, and this browser has no navigator.gpu (a secure page, https or localhost, is needed for it)',
      )
    }
    if (!(await gpu.requestAdapter())) {
      throw new RetableError(
        'unavailable',
        'the "webgpu" backend needs a GPU, and this browser found no WebGPU adapter',
      )
    }
    const create = await packageFactory('webgpu', () => import('@tensorflow/tfjs-backend-webgpu'))
    return { detail: 'WebGPU', create }
  },
  inspect: inspectWebgpu,
}
