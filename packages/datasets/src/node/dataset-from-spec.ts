import { RetableError, unknownName } from '@retable/core/host'
import type { Dataset, DatasetSpec } from '../dataset.js'
import { subset } from '../subset.js'
import { synthetic } from '../synthetic.js'
import type { SyntheticOptions } from '../synthetic.js'
import { cifar10, cifar100 } from './cifar.js'
import type { Cifar100Options, CifarOptions } from './cifar.js'
import { imagenet } from './imagenet/imagenet.js'
import type { ImageNetOptions } from './imagenet/imagenet.js'
import { openPack } from './packed/open-pack.js'
import type { OpenPackOptions } from './packed/open-pack.js'

const optionsOf = <Options>({ name: _name, ...options }: DatasetSpec): Options =>
  options as unknown as Options

/** How to open each kind of set from the options of its spec. A new data set is one line here. */
const openers: { readonly [name: string]: (spec: DatasetSpec) => Dataset | Promise<Dataset> } = {
  cifar10: (spec) => cifar10(optionsOf<CifarOptions>(spec)),
  cifar100: (spec) => cifar100(optionsOf<Cifar100Options>(spec)),
  imagenet: (spec) => imagenet(optionsOf<ImageNetOptions>(spec)),
  pack: (spec) => openPack(optionsOf<OpenPackOptions>(spec)),
  synthetic: (spec) => synthetic(optionsOf<SyntheticOptions>(spec)),
  subset: async (spec) =>
    subset(await datasetFromSpec(spec.of as DatasetSpec), spec.indices as number[]),
  module: async (spec) => {
    const { url, factory, options } = spec as {
      url?: unknown
      factory?: unknown
      options?: unknown
    }
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
    return (make as (options: unknown) => Dataset | Promise<Dataset>)(options)
  },
}

/**
 * The data set that `spec` (a {@link Dataset}'s `spec`) describes, opened anew: how worker threads and resumed runs get
 * theirs.
 *
 * A set of your own travels as `{ name: 'module', url, factory, options }`: the function `factory` that the module at
 * `url` exports is called with `options` (plain JSON).
 *
 * @throws RetableError `unknown-name` for a name that is none of the known ones; what opening the set throws.
 * @example
 * const same = await datasetFromSpec(JSON.parse(JSON.stringify(train.spec)))
 */
export const datasetFromSpec = async (spec: DatasetSpec): Promise<Dataset> => {
  const open = Object.hasOwn(openers, spec.name) ? openers[spec.name] : undefined
  if (open === undefined) throw unknownName('data set', spec.name, Object.keys(openers))
  return open(spec)
}
