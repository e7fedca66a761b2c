import * as tf from '@tensorflow/tfjs-core'
import { gradientConfigs } from '../generated/tfjs-gradients.js'

let registered = false

/**
 * Registers the gradients of every tfjs-core kernel, once.
 *
 * tfjs-core's own bundle registers none ("gradient function not found"), and its deep import fails in Node's
 * ESM. `valueAndGrads` calls this by itself; call it before using `tf.grads` and the like directly.
 */
export const registerGradients = (): void => {
  if (registered) return
  registered = true
  for (const config of gradientConfigs) {
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config)
  }
}
