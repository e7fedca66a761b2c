import '@tensorflow/tfjs-backend-webgl'
import { layerContract } from './contract.test-suite.js'
import { layerParity } from './parity.test-suite.js'

// A GPU's float32 division and power functions are allowed more rounding than a CPU's.
layerContract('webgl', 1e-4)
layerParity('webgl', 1e-4)
