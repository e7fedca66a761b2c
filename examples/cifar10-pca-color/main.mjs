import { createRandom } from '@retable/core/host'
import { loader, pcaOfPixels, subset, synthetic } from '@retable/datasets'
import { cifar10 } from '@retable/datasets/node'
import { compose, normalize, pcaColor, randomCrop, randomHorizontalFlip } from '@retable/transforms'

// A folder with CIFAR-10, into which it is downloaded if it is missing; without one, images made here.
const [dir] = process.argv.slice(2)
const train =
  dir === undefined
    ? synthetic({ seed: 1, length: 2000 })
    : subset(await cifar10({ dir, split: 'train', download: true }), { limit: 2000 })

const pca = await pcaOfPixels(train)
console.log(
  'eigenvalues of the pixels:',
  pca.eigenvalues.map((value) => value.toFixed(4)).join(' '),
)

const augment = compose([
  randomCrop({ size: 32, padding: 4 }),
  randomHorizontalFlip(),
  pcaColor(pca), // AlexNet, section 4.1
  normalize({ mean: pca.mean, std: [0.25, 0.25, 0.25] }),
])

const batches = loader(train, {
  batchSize: 64,
  shuffle: true,
  random: createRandom(1),
  transform: augment,
})
const began = performance.now()
let images = 0
for await (const batch of batches) images += batch.labels.length
console.log(
  `${images} images, ${Math.round(images / ((performance.now() - began) / 1000))} per second`,
)
