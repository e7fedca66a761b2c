import { useBackend } from '@retable/backends'
import { beforeAll } from 'vitest'
import { layerContract } from '../../layers/src/contract.test-suite.js'
import { layerParity } from '../../layers/src/parity.test-suite.js'
import { describeModels } from '../../models/src/models.contract.js'
import { describePyTorchParity } from '../../models/src/node/pytorch.contract.js'
import { describeOptimizers } from '../../optimizers/src/optimizer.contract.js'
import { describeCrossEntropy } from '../../training/src/loss/cross-entropy.contract.js'

beforeAll(async () => {
  await useBackend('onnx')
})

layerContract('onnx')
layerParity('onnx', 1e-5)
describeOptimizers(() => useBackend('onnx'))
describeModels(() => useBackend('onnx'), ['alexnet', 'cifar-net', 'vgg-A-LRN', 'vgg-C'])
describePyTorchParity(() => useBackend('onnx'))
describeCrossEntropy(() => useBackend('onnx'))
