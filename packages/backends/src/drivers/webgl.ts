import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { Driver } from '../driver.js'
import { inspectWebgl } from '../details.js'
import { packageFactory } from '../package-factory.js'

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
  inspect: inspectWebgl,
}
