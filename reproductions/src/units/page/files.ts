import { RetableError } from '@retable/core'
import type { Dataset } from '@retable/datasets'
import { urlFiles } from '@retable/harness/page'
import { loadSafetensors, packSafetensors } from '@retable/models'
import { checkpointsIn } from '@retable/training'
import type { CheckpointFiles } from '@retable/training'
import type { TransformSpec } from '@retable/transforms'
import type { PhotographStatistics, UnitFiles } from '../unit-files.js'

const sha256 = async (bytes: Uint8Array): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const present = async (url: string, code: 'not-found' | 'corrupt-data'): Promise<Uint8Array> => {
  const bytes = await urlFiles.read(url)
  if (bytes) return bytes
  throw new RetableError(code, `${url} is gone`)
}

/** The folder of checkpoints at a URL. */
const checkpointFiles = (folder: string): CheckpointFiles => {
  const pathOf = (file: string): string => `${folder}/${file}`
  return {
    pathOf,
    list: () => urlFiles.list(folder),
    readText: async (file) => new TextDecoder().decode(await present(pathOf(file), 'corrupt-data')),
    writeText: (file, text) => urlFiles.write(pathOf(file), new TextEncoder().encode(text)),
    openTensors: async (file) => {
      const bytes = await present(pathOf(file), 'corrupt-data')
      return {
        bytes: bytes.length,
        sha256: () => sha256(bytes),
        read: async () => loadSafetensors(bytes, pathOf(file)),
      }
    },
    writeTensors: async (file, tensors, release) => {
      const bytes = await packSafetensors(tensors)
      release()
      await urlFiles.write(pathOf(file), bytes)
      return { bytes: bytes.length, sha256: await sha256(bytes) }
    },
    discard: (file) => urlFiles.remove(pathOf(file)),
  }
}

/** A data set whose examples are the server's to read, and to measure. */
export interface MeasuredElsewhere {
  /** Measures after a transform, of the selections that lead from the set to what is measured. */
  measure(
    views: readonly (readonly number[])[],
    transform: TransformSpec | undefined,
  ): Promise<PhotographStatistics>
}

/** A page: files are URLs. */
export const unitFiles: UnitFiles = {
  readBytes: (path) => present(path, 'not-found'),
  writeTensors: async (path, tensors, metadata) =>
    urlFiles.write(path, await packSafetensors(tensors, metadata)),
  checkpointsOf: ({ workDir, identity, warn }) =>
    checkpointsIn(checkpointFiles(`${workDir}/checkpoints`), { identity, warn }),
  photographStatistics: (dataset, transform) => {
    const views: number[][] = []
    let whole: Dataset & Partial<MeasuredElsewhere> = dataset
    for (; whole.view; whole = whole.view.of) views.unshift([...whole.view.indices])
    if (whole.measure) return whole.measure(views, transform.spec)
    throw new RetableError(
      'unavailable',
      `${dataset.name} is measured in one pass over its files, which a page does not have`,
    )
  },
}
