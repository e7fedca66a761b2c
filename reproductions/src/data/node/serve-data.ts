import { isDrawn, subset } from '@retable/datasets'
import type { Dataset } from '@retable/datasets'
import { pixelStatistics } from '@retable/datasets/node'
import type { JsonObject, OpenedData } from '@retable/harness'
import type { ServedData } from '@retable/harness/node'
import { transformFromSpec } from '@retable/transforms'
import type { Transform, TransformSpec } from '@retable/transforms'
import type { DataRequest, OpenedDataset } from '../data-request.js'
import { exampleHeader, type DatasetDescription } from '../page/served-dataset.js'

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** What the page asks to be measured: a transform, after the selections that lead from the set to what is measured. */
interface Measurement {
  readonly views: readonly (readonly number[])[]
  readonly transform: TransformSpec
}

/**
 * What a page knows of a data set that this process opened: the pixels of one that lies in memory, else examples by their
 * number, decoded here, and what is measured in one pass over all of them. Nothing of sets that it draws by itself.
 */
export const serveData = (request: JsonObject, data: OpenedData): ServedData | undefined => {
  if (isDrawn(request as DataRequest)) return undefined
  const { dataset } = data as OpenedDataset
  const { name, classes, length, store } = dataset
  const description: DatasetDescription = {
    form: store ? 'pixels' : 'examples',
    name,
    classes,
    length,
    ...(store && { shape: [store.height, store.width, store.channels] }),
  }
  return {
    description,
    answer: async (what, body) => {
      if (what === 'labels') return labelsOf(dataset)
      if (what === 'pixels') return store && bytesOf(store.pixels)
      if (what === 'statistics') {
        const asked = JSON.parse(new TextDecoder().decode(body)) as Measurement
        return new TextEncoder().encode(JSON.stringify(await measured(dataset, asked)))
      }
      const number = /^example-(\d+)$/.exec(what)?.[1]
      if (number === undefined || Number(number) >= length) return undefined
      const { image, label } = await dataset.get(Number(number))
      const bytes = new Uint8Array(exampleHeader + image.data.length)
      bytes.set(bytesOf(Int32Array.of(image.height, image.width, image.channels, label)))
      bytes.set(image.data, exampleHeader)
      return bytes
    },
  }
}

const labelsOf = (dataset: Dataset): Uint8Array | undefined => {
  if (!dataset.labelAt) return undefined
  return bytesOf(Int32Array.from({ length: dataset.length }, (_, i) => dataset.labelAt!(i)))
}

const measured = async (dataset: Dataset, { views, transform }: Measurement): Promise<unknown> => {
  const selected = views.reduce<Dataset>((of, indices) => subset(of, indices), dataset)
  const found = await pixelStatistics(selected, {
    transform: transformFromSpec(transform) as Transform,
  })
  const { meanImage } = found
  return { ...found, meanImage: { ...meanImage, data: [...meanImage.data] } }
}
