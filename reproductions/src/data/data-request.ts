import type { Dataset } from '@retable/datasets'
import type { JsonObject, OpenedData } from '@retable/harness'

/** A data set as a unit asks for it: a spec of `datasetFromSpec` that does not say where the files are. */
export type DataRequest = JsonObject & { readonly kind: string }

/** An opened set: the harness keeps its fingerprint, units read its examples. */
export interface OpenedDataset extends OpenedData {
  /** The examples. */
  readonly dataset: Dataset
}
