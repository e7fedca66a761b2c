import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { Driver } from '../driver.js'
import { isSoftware, never } from '../details.js'
import type { Inspection } from '../details.js'
import { platform } from '#platform'
import { packageFactory } from '../package-factory.js'

interface Gpu {
  requestAdapter(): Promise<object | null>
}

interface WebgpuBackend {
  readonly device: {
    readonly lost: Promise<{ readonly reason: string; readonly message: string }>
    readonly limits: { readonly maxBufferSize: number }
    readonly adapterInfo?: Readonly<Record<string, string>>
  }
}

/** Looks at a webgpu backend of tfjs. */
const inspect = (backend: KernelBackend): Inspection => {
  const { lost, limits, adapterInfo = {} } = (backend as unknown as WebgpuBackend).device
  const { vendor, architecture, device, description } = adapterInfo
  const words = [vendor, architecture, device, description].filter((word) => word)
  const renderer = words.length > 0 ? words.join(' ') : 'an adapter that the browser does not name'
  return {
    details: { renderer, software: isSoftware(renderer), maxBufferSize: limits.maxBufferSize },
    lost: lost.then(({ reason, message }) =>
      // tfjs destroys the device when its backend is disposed of: nothing waits for it then.
      reason === 'destroyed' && message === ''
        ? never
        : `the browser lost its WebGPU device (${message === '' ? reason : message}) on ${renderer}`,
    ),
  }
}

/** tfjs's WebGPU backend: in browsers that have `navigator.gpu`, and in Node if the user has installed the package `webgpu`. */
export const webgpuDriver: Driver = {
  name: 'webgpu',
  tfName: 'webgpu',
  runtimes: ['browser', 'node'],
  auto: { browser: 1 },
  needs: 'a browser with WebGPU (navigator.gpu), or Node with the package webgpu',
  options: [],
  load: async () => {
    const inNode = platform.runtime === 'node'
    if (!(await platform.provideWebGpu())) {
      throw new RetableError(
        'unavailable',
        'the "webgpu" backend needs a browser with WebGPU (navigator.gpu), and this is Node; npm install webgpu brings it to Node',
      )
    }
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
        inNode
          ? 'the "webgpu" backend needs a GPU, and Dawn found none (on Linux it looks for libvulkan.so.1 and a Vulkan driver)'
          : 'the "webgpu" backend needs a GPU, and this browser found no WebGPU adapter',
      )
    }
    const create = await packageFactory('webgpu', () => import('@tensorflow/tfjs-backend-webgpu'))
    return { detail: inNode ? 'WebGPU, Dawn in Node' : 'WebGPU', create }
  },
  inspect,
}
