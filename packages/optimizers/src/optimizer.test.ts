import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { describeOptimizers } from './optimizer.contract.js'

describeOptimizers(() => tf.setBackend('cpu'))
