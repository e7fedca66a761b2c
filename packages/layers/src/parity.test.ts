import '@tensorflow/tfjs-backend-cpu'
import { layerParity } from './parity.test-suite.js'

layerParity('cpu')
