import { useBackend } from '@retable/backends'
import { loader, synthetic } from '@retable/datasets'
import { defineReproduction, defineUnit } from '@retable/harness'
import { createCommand } from '@retable/harness/node'
import { conv2d, dense, flatten, relu } from '@retable/layers'
import { createModel } from '@retable/models'
import { sgd } from '@retable/optimizers'
import { evaluate, fit } from '@retable/training'

const images = (split, length) => synthetic({ seed: 1, split, length, difficulty: 0 })

const train = defineUnit({
  kind: 'train-net',
  version: 1,
  run: async ({ config: { filters, epochs }, random }) => {
    const conv = conv2d({ name: 'conv', filters, kernelSize: 5, strides: 4 })
    const layers = [conv, relu(), flatten(), dense({ name: 'fc', units: 10 })]
    const model = createModel({ name: 'net', classes: 10, inputSize: [32, 32], layers })
    const { params } = await fit({
      model,
      params: model.init(random),
      data: loader(images('train', 640), { batchSize: 32, shuffle: true, random }),
      optimizer: sgd({ momentum: 0.9 }),
      schedule: 0.01,
      epochs,
      random,
    })
    const data = loader(images('test', 200), { batchSize: 100 })
    const { top1Error } = await evaluate({ model, params, data })
    return { metrics: { error: top1Error } }
  },
})

const cell = (filters) => ({ id: `${filters}`, row: `${filters}`, paper: {}, config: { filters } })
const claim = { id: 'width', text: 'sixteen filters have a lower error than one', cite: '§4' }
const sizes = defineReproduction({
  id: 'sizes',
  version: 1,
  title: 'Error by number of filters',
  source: { paper: 'You, A Paper, 2026', table: 'Table 1' },
  protocol: { momentum: { value: 0.9, cite: '§3' } },
  metrics: [{ id: 'error', name: 'test error', unit: '%', better: 'lower' }],
  cells: [cell(1), cell(16)],
  claims: [{ ...claim, test: 'better', metric: 'error', cell: '16', than: '1' }],
  deviations: [],
  tiers: [
    { name: 'small', describe: '640 images', settings: { epochs: 3 }, seeds: [1, 2, 3, 4, 5] },
  ],
  plan: ({ config, settings, seed }) => train({ config: { ...config, ...settings }, seed }),
})

await createCommand({
  name: 'own-paper',
  version: '1.0.0',
  reproductions: [sizes],
  units: [train],
  backends: ['wasm'],
  useBackend,
}).main()
