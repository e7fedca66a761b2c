import { useBackend } from '@retable/backends'
import { createRandom, disposeParams } from '@retable/core'
import { loader, synthetic } from '@retable/datasets'
import { transferFrom, vgg } from '@retable/models'
import { readPyTorch, writePyTorch } from '@retable/models/node'
import { adam } from '@retable/optimizers'
import { evaluate, fit } from '@retable/training'

await useBackend('auto')
const random = createRandom(1)

// torchvision's weights, as safetensors.torch.save_file(vgg11(weights='DEFAULT').state_dict(), 'vgg11.safetensors') writes
// them. Without a file, a narrow VGG-11 with random weights stands in.
const [given] = process.argv.slice(2)
const size = given === undefined ? { inputSize: 32, widthScale: 0.125 } : {}
const options = { ...size, initialization: 'he', dropout: 0 }
const pretrained = vgg('A', { ...options, classes: given === undefined ? 100 : 1000 })
const file = given ?? 'stand-in.safetensors'
if (given === undefined) await writePyTorch(file, pretrained, pretrained.init(random.stream('a')))
const weights = await readPyTorch(file, pretrained)
console.log(`${Object.keys(weights).length} tensors read from ${file}`)

// The same net for four classes: every layer is copied but the last.
const model = vgg('A', { ...options, classes: 4 })
const layers = [...new Set(Object.keys(weights).map((name) => name.split('/')[0]))]
const start = transferFrom(pretrained, weights, model, random, {
  layers: layers.filter((layer) => layer !== 'fc8'),
})
disposeParams(weights)

const [height] = model.inputShape
const images = { classes: 4, size: height, difficulty: 0 }
const train = synthetic({ ...images, seed: 1, length: 320 })
const test = synthetic({ ...images, seed: 1, split: 'test', length: 80 })
const { params } = await fit({
  model,
  params: start,
  data: loader(train, { batchSize: 32, shuffle: true, random }),
  optimizer: adam(),
  schedule: 1e-3,
  epochs: 3,
  random,
  onProgress: ({ step, loss }) => console.log(`step ${step}: loss ${loss.toFixed(3)}`),
})
const { top1Error } = await evaluate({ model, params, data: loader(test, { batchSize: 40 }) })
console.log(`error on ${test.length} test images: ${top1Error.toFixed(1)}%`)
process.exit()
