import { createRandom } from '@retable/core/host'
import { channelStats, loader, memoryDataset, randomSplit } from '@retable/datasets'

// Images of your own: here stripes, drawn with a seeded stream. The class is their direction.
const side = 16
const count = 200
const classes = ['horizontal', 'vertical']
const random = createRandom(1).stream('stripes')
const pixels = new Uint8Array(count * side * side * 3)
const labels = new Int32Array(count)
for (let image = 0; image < count; image++) {
  labels[image] = random.int(2)
  const width = 2 + random.int(3)
  for (let i = 0; i < side * side; i++) {
    const along = labels[image] === 0 ? Math.floor(i / side) : i % side
    pixels.fill(
      Math.floor(along / width) % 2 === 0 ? 255 : 0,
      (image * side * side + i) * 3,
      (image * side * side + i + 1) * 3,
    )
  }
}

const all = memoryDataset({
  name: 'stripes',
  classes,
  store: { height: side, width: side, channels: 3, pixels, labels },
})
const [train, validation] = randomSplit(all, [160, 40], createRandom(2))
const { mean } = await channelStats(train)
console.log(
  `${train.length} + ${validation.length} images, mean pixel ${mean.map((m) => m.toFixed(3)).join(' ')}`,
)
console.log(`fingerprint ${all.fingerprint}`)

const batches = loader(train, { batchSize: 32, shuffle: true, random: createRandom(3) })
for await (const { shape, labels } of batches) {
  console.log(shape.join(' × '), [...labels].map((label) => classes[label][0]).join(''))
}
