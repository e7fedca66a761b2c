import { isDrawn } from '@retable/datasets'
import { datasetFromSpec } from '@retable/datasets/node'
import type { BrokenImage, ImageNet } from '@retable/datasets/node'
import type { JsonObject } from '@retable/harness'
import type { DataRequest, OpenedDataset } from './data-request.js'

export type { DataRequest, OpenedDataset } from './data-request.js'

/** What a reader of results must know of the files they were made from. */
const noteOn = (broken: readonly BrokenImage[]): { readonly note?: string } => {
  const own = process.env['RETABLE_DATA_NOTE'] ?? ''
  const left = broken.map(({ path, reason }) => `${path} (${reason})`).join(', ')
  const note = [own, left === '' ? '' : `left out, as they cannot be decoded: ${left}`]
  return note.some(Boolean) ? { note: note.filter(Boolean).join('; ') } : {}
}

/**
 * Opens what a unit asked for, whatever `datasetFromSpec` knows. CIFAR is downloaded into `dir` if it is missing and the
 * network allows. Images of ImageNet that cannot be decoded are left out, and named in the note.
 *
 * RETABLE_DATA_NOTE, if set, is kept with every result made from files: what a reader must know of these copies.
 *
 * @throws RetableError `unknown-name` for a kind of set that is none; what the set's reader throws.
 */
export const openData = async (
  request: JsonObject,
  { dir }: { readonly dir: string },
): Promise<OpenedDataset> => {
  const spec = request as DataRequest
  const dataset = await datasetFromSpec(spec, { dir, download: true, broken: 'skip' })
  const { broken = [] } = dataset as Partial<ImageNet>
  return { dataset, fingerprint: dataset.fingerprint, ...(!isDrawn(spec) && noteOn(broken)) }
}
