import type { KernelBackend } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'

/** What is known of a backend that runs, besides its name: plain JSON, worth keeping with results. */
export interface BackendDetails {
  /** The GPU, or the software in its place, as the browser names it. */
  readonly renderer?: string
  /** Whether the renderer is known to be software: slow, and right. */
  readonly software?: boolean
  /** Of webgl: whether it computes in 32-bit numbers. Without them gradients are wrong by several percent. */
  readonly float32?: boolean
  /** The longest side of a texture, in pixels, or the largest buffer, in bytes. */
  readonly maxTextureSize?: number
  /** Of webgpu: the largest buffer, in bytes. */
  readonly maxBufferSize?: number
}

/** A running backend: what it is, and when it is lost. */
export interface Inspection {
  readonly details: BackendDetails
  /**
   * Resolves with a sentence when the browser takes the GPU away, and never otherwise. From then on a tensor's values
   * cannot be trusted: `dataSync()` gives zeros and `data()` may never resolve.
   */
  readonly lost: Promise<string>
}

const never = new Promise<string>(() => undefined)

/** Names of renderers that compute on the CPU. */
const isSoftware = (renderer: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(renderer)

interface WebglBackend {
  readonly gpgpu: { readonly gl: WebGLRenderingContext }
}

interface WebgpuBackend {
  readonly device: {
    readonly lost: Promise<{ readonly reason: string; readonly message: string }>
    readonly limits: { readonly maxBufferSize: number }
    readonly adapterInfo?: Readonly<Record<string, string>>
  }
}

/** Looks at a webgl backend of tfjs. */
export const inspectWebgl = (backend: KernelBackend): Inspection => {
  const { gl } = (backend as unknown as WebglBackend).gpgpu
  const named = gl.getExtension('WEBGL_debug_renderer_info')
  const renderer = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER))
  return {
    details: {
      renderer,
      software: isSoftware(renderer),
      float32: tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED'),
      maxTextureSize: tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE'),
    },
    lost: new Promise((resolve) => {
      gl.canvas.addEventListener(
        'webglcontextlost',
        () => resolve(`the browser lost its WebGL context on ${renderer}`),
        { once: true },
      )
    }),
  }
}

/** Looks at a webgpu backend of tfjs. */
export const inspectWebgpu = (backend: KernelBackend): Inspection => {
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

/** What there is to say of a backend that cannot be lost. */
export const nothingMore: Inspection = { details: {}, lost: never }
