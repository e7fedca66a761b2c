import * as tf from '@tensorflow/tfjs-core'
import { gradientConfigs } from '#gradients'

let registered = false

/**
 * Registers the gradients of every tfjs-core kernel, once. `valueAndGrads` calls this by itself; call it before using `tf.grads`
 * and the like directly.
 *
 * tfjs-core's bundle for Node registers none ("gradient function not found"), and its deep import fails in Node's ESM: there
 * this package brings them along. A bundle for browsers takes tfjs-core's own module of them.
 */
export const registerGradients = (): void => {
  if (registered) return
  registered = true
  for (const config of gradientConfigs) {
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config)
  }
}
