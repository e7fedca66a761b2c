import { fromSpec } from '@retable/core/host'
import type { Dataset, DatasetSpec } from './dataset.js'
import { synthetic, type SyntheticOptions } from './synthetic.js'

/** The sets that are drawn as they are asked for. A new one is a line here. */
export const drawnSets: {
  readonly synthetic: (options: SyntheticOptions) => Dataset
} = { synthetic }

/**
 * Whether a set is drawn as it is asked for: it needs no files, and a page can make it by itself.
 *
 * @example
 * isDrawn({ kind: 'synthetic', seed: 1 }) // true
 */
export const isDrawn = ({ kind }: DatasetSpec): boolean => Object.hasOwn(drawnSets, kind)

/**
 * The set that `spec` describes, if it is one that {@link isDrawn}. Runs in browsers too; `datasetFromSpec` (of
 * `@retable/datasets/node`) opens the others.
 *
 * @throws RetableError `unknown-name` for another kind, `invalid-argument` for an option that the set does not take.
 * @example
 * drawnFromSpec({ kind: 'synthetic', seed: 1, split: 'test' }).length // 2000
 */
export const drawnFromSpec = (spec: DatasetSpec): Dataset =>
  fromSpec<Dataset>('data set that needs no files', drawnSets, spec)
