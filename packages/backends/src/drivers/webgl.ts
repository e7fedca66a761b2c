import type { KernelBackend } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { Driver } from '../driver.js'
import { isSoftware } from '../details.js'
import type { Inspection } from '../details.js'
import { packageFactory } from '../package-factory.js'

interface WebglBackend {
  readonly gpgpu: { readonly gl: WebGLRenderingContext }
}

/** Looks at a webgl backend of tfjs. */
const inspect = (backend: KernelBackend): Inspection => {
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

/** tfjs's WebGL backend, in browsers. */
export const webglDriver: Driver = {
  name: 'webgl',
  tfName: 'webgl',
  runtimes: ['browser'],
  auto: { browser: 2 },
  needs: 'a browser with WebGL',
  options: [],
  load: async () => {
    const create = await packageFactory('webgl', () => import('@tensorflow/tfjs-backend-webgl'))
    if (!tf.env().getBool('HAS_WEBGL')) {
      throw new RetableError(
        'unavailable',
        'the "webgl" backend needs WebGL, which this browser does not offer',
      )
    }
    return { detail: `WebGL ${tf.env().getNumber('WEBGL_VERSION')}`, create }
  },
  inspect,
}
