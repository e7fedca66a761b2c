import { fromSpec, RetableError } from '@retable/core/host'
import type { Dataset, DatasetSpec } from '../dataset.js'
import { drawnSets } from '../drawn-from-spec.js'
import { subset } from '../subset.js'
import { cifar10, cifar100 } from './cifar.js'
import type { Cifar100Options, CifarOptions } from './cifar.js'
import { imagenet } from './imagenet/imagenet.js'
import type { ImageNetOptions } from './imagenet/imagenet.js'
import { openPack } from './packed/open-pack.js'
import type { OpenPackOptions } from './packed/open-pack.js'

/** Where sets that lie in files are, and what to do about files that are missing or broken, unless their specs say. */
export interface DatasetPlace {
  /** the folder of the set */
  readonly dir?: string
  /** CIFAR: whether to download the set if it is not there */
  readonly download?: boolean
  /** ImageNet: what happens to images that cannot be decoded */
  readonly broken?: 'throw' | 'skip'
}

/** Options whose folder may be left to the place. */
type Placed<Options> = Omit<Options, 'dir'> & { readonly dir?: string }

type Opener = (options: never) => Dataset | Promise<Dataset>

/** How to open each kind of set from the options of its spec. A new set that lies in files is one line here. */
const openers = ({ dir = 'data', download = false, broken = 'throw' }: DatasetPlace) =>
  ({
    cifar10: (options: Placed<CifarOptions>) => cifar10({ dir, download, ...options }),
    cifar100: (options: Placed<Cifar100Options>) => cifar100({ dir, download, ...options }),
    imagenet: (options: Placed<ImageNetOptions>) => imagenet({ dir, broken, ...options }),
    pack: (options: OpenPackOptions) => openPack(options),
    ...drawnSets,
    subset: async (options: { readonly of: DatasetSpec; readonly indices: readonly number[] }) =>
      subset(await datasetFromSpec(options.of, { dir, download, broken }), options.indices),
    module: openModule,
  }) satisfies Readonly<Record<string, Opener>>

const openModule = async (options: {
  readonly url?: unknown
  readonly factory?: unknown
  readonly options?: unknown
}): Promise<Dataset> => {
  const { url, factory } = options
  const module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ String(url))) as {
    readonly [name: string]: unknown
  }
  const make = module[String(factory)]
  if (typeof make !== 'function') {
    throw new RetableError(
      'invalid-argument',
      `${String(url)} exports no function ${String(factory)}; found ${Object.keys(module).join(', ') || 'no exports'}`,
    )
  }
  return (make as (options: unknown) => Dataset | Promise<Dataset>)(options.options)
}

/**
 * The data set that `spec` (a {@link Dataset}'s `spec`, or one of a configuration) describes, opened again: how worker
 * threads, resumed runs and reproductions get theirs. A spec need not say where the files are: `place` does.
 *
 * A set of your own travels as `{ kind: 'module', url, factory, options }`: the function `factory` that the module at
 * `url` exports is called with `options` (plain JSON).
 *
 * @throws RetableError `unknown-name` for an unknown kind; what opening the set throws.
 * @example
 * const same = await datasetFromSpec(JSON.parse(JSON.stringify(train.spec)))
 * const test = await datasetFromSpec({ kind: 'cifar10', split: 'test' }, { dir: 'data', download: true })
 */
export const datasetFromSpec = async (
  spec: DatasetSpec,
  place: DatasetPlace = {},
): Promise<Dataset> => fromSpec<Dataset | Promise<Dataset>>('data set', openers(place), spec)
