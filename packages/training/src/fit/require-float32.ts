import { RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'

/**
 * Refuses to train if the arithmetic cannot: WebGL on a device whose textures hold 16-bit numbers, on which gradients
 * were wrong by up to 16% (a convolutional net of VGG's, batch 2) and logits by 0.1%.
 *
 * @throws RetableError `unavailable`.
 */
export const requireFloat32 = (): void => {
  if (tf.getBackend() !== 'webgl' || tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return
  throw new RetableError(
    'unavailable',
    'this device’s WebGL computes in 16-bit numbers, which gives wrong gradients; train with the webgpu or wasm backend, or on another device',
  )
}
