// A bundler resolves tfjs-core to modules, and takes its gradients from there: what the page has already is not bundled again.
// They are registered when this module is loaded.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

/** Gradients still to be registered. */
export const gradientConfigs: readonly [] = []
