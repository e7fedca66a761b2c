import { RetableError } from '@retable/core'
import { drawnFromSpec, isDrawn, memoryDataset } from '@retable/datasets'
import type { Dataset, Example } from '@retable/datasets'
import type { JsonObject } from '@retable/harness'
import { urlFiles } from '@retable/harness/page'
import type { DataSource } from '@retable/harness/page'
import type { MeasuredElsewhere } from '../../units/page/files.js'
import type { PhotographStatistics } from '../../units/unit-files.js'
import type { DataRequest, OpenedDataset } from '../data-request.js'
import { exampleHeader, type DatasetDescription } from './served-dataset.js'

/**
 * Opens a data set in a page: a set that needs no files is drawn there, all others come from the server.
 *
 * @throws RetableError `unavailable` if the page has no server that reads the set.
 */
export const openPageData = async (
  request: JsonObject,
  { fingerprint, note, description, url }: DataSource,
): Promise<OpenedDataset> => {
  const wanted = request as DataRequest
  if (isDrawn(wanted)) {
    const dataset = drawnFromSpec(wanted)
    return { dataset, fingerprint: dataset.fingerprint }
  }
  if (url === undefined || description === undefined || fingerprint === undefined) {
    throw new RetableError('unavailable', `this page has no ${wanted.kind} images`)
  }
  const told = description as DatasetDescription
  const dataset =
    told.form === 'pixels'
      ? await inMemory(told, fingerprint, url)
      : await byExample(told, fingerprint, url)
  return { dataset, fingerprint, ...(note !== undefined && { note }) }
}

const part = async (url: string): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = await urlFiles.read(url)
  if (bytes) return bytes as Uint8Array<ArrayBuffer>
  throw new RetableError('not-found', `the server of this page has no ${url}`)
}

const inMemory = async (
  { name, classes, shape = [] }: DatasetDescription,
  fingerprint: string,
  url: string,
): Promise<Dataset> => {
  const [height, width, channels] = shape as [number, number, number]
  const labels = new Int32Array((await part(`${url}/labels`)).buffer)
  const pixels = await part(`${url}/pixels`)
  return memoryDataset({
    name,
    classes,
    fingerprint,
    store: { height, width, channels, pixels, labels },
  })
}

const byExample = async (
  { name, classes, length }: DatasetDescription,
  fingerprint: string,
  url: string,
): Promise<Dataset & MeasuredElsewhere> => {
  const labels = await urlFiles.read(`${url}/labels`)
  const known = labels && new Int32Array((labels as Uint8Array<ArrayBuffer>).buffer)
  return {
    name,
    classes,
    length,
    fingerprint,
    ...(known && { labelAt: (i: number) => known[i]! }),
    get: async (i): Promise<Example> => {
      const bytes = await part(`${url}/example-${i}`)
      const [height, width, channels, label] = new Int32Array(bytes.buffer, 0, 4)
      const data = bytes.subarray(exampleHeader)
      return { image: { data, height: height!, width: width!, channels: channels! }, label: label! }
    },
    measure: async (views, transform) => {
      const asked = { method: 'POST', body: JSON.stringify({ views, transform }) }
      const response = await fetch(`${url}/statistics`, asked)
      if (!response.ok) throw new RetableError('unavailable', (await response.text()).trim())
      const found = (await response.json()) as PhotographStatistics & {
        readonly meanImage: { readonly data: readonly number[] }
      }
      const { meanImage } = found
      return { ...found, meanImage: { ...meanImage, data: Float32Array.from(meanImage.data) } }
    },
  }
}
