import type { Params } from '@retable/core'
import type { Dataset, PixelPca } from '@retable/datasets'
import type { CheckpointIdentity, Checkpoints } from '@retable/training'
import type { Image, Transform } from '@retable/transforms'

/** What is measured on photographs in one pass, of values from 0 to 1. */
export interface PhotographStatistics {
  readonly channels: { readonly mean: readonly number[]; readonly std: readonly number[] }
  readonly pca: PixelPca
  readonly meanImage: Image
}

/**
 * What units do with files, and what takes a long pass over them: `#unit-files` is one of two modules that export one of
 * these. In Node a path is a file's; in a page it is a URL, of a server's or of the page's own store.
 */
export interface UnitFiles {
  /** The bytes at a path that the harness gave: an artifact of a needed unit. */
  readBytes(path: string): Promise<Uint8Array>
  /** Writes tensors as safetensors, whole or not at all. Never reads a tensor synchronously. */
  writeTensors(
    path: string,
    tensors: Params,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>
  /** The checkpoints in a unit's work folder. */
  checkpointsOf(options: {
    readonly workDir: string
    readonly identity: CheckpointIdentity
    readonly warn: (sentence: string) => void
  }): Checkpoints
  /** Measures photographs in one pass, after a transform that brings them to one size. */
  photographStatistics(dataset: Dataset, transform: Transform): Promise<PhotographStatistics>
}
