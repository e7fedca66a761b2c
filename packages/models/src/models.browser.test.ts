import '@tensorflow/tfjs-backend-webgl'
import * as tf from '@tensorflow/tfjs-core'
import { describeModels } from './models.contract.js'

// Each kind of layer once or twice: a software renderer spends seconds compiling every new shape's shaders.
describeModels(
  () => tf.setBackend('webgl'),
  ['alexnet', 'alexnet-class-notes', 'cifar-net', 'cifar-net-18pct', 'vgg-A-LRN', 'vgg-C'],
)
