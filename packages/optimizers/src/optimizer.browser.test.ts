import '@tensorflow/tfjs-backend-webgl'
import * as tf from '@tensorflow/tfjs-core'
import { describeOptimizers } from './optimizer.contract.js'

describeOptimizers(() => tf.setBackend('webgl'))
