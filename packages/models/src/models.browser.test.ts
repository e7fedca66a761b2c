import '@tensorflow/tfjs-backend-webgl'
import * as tf from '@tensorflow/tfjs-core'
import { describeModels } from './models.contract.js'

describeModels(() => tf.setBackend('webgl'))
