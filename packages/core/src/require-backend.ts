import * as tf from '@tensorflow/tfjs-core'
import { RetableError } from './errors.js'

/**
 * Throws if tfjs has no backend to make tensors with; its own error ("No backend found in registry") does not say
 * what to do.
 *
 * @throws RetableError `unavailable` if none is registered.
 */
export const requireBackend = (): void => {
  if (Object.keys(tf.engine().registryFactory).length > 0) return
  throw new RetableError(
    'unavailable',
    "no TensorFlow.js backend is registered, which tensors need: call await useBackend('auto') of @retable/backends first, or import one, such as @tensorflow/tfjs-backend-cpu",
  )
}
