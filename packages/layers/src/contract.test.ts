import '@tensorflow/tfjs-backend-cpu'
import { layerContract } from './contract.test-suite.js'

layerContract('cpu')
