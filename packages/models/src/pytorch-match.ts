import { RetableError } from '@retable/core'
import type { Model } from './model.js'
import type { PyTorchLayer, PyTorchNames } from './pytorch-names.js'
import { pytorchLayers, pytorchNames } from './pytorch-names.js'

/** The shapes of a state_dict's tensors by name, in the order of the state_dict. */
export type ShapesByName = Readonly<Record<string, readonly number[]>>

const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join()
const shape = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`

/** What `nn.DataParallel` puts before the name of every tensor. */
const wrapper = 'module.'

const unwrap = (names: readonly string[]): string =>
  names.length > 0 && names.every((name) => name.startsWith(wrapper)) ? wrapper : ''

/** Modules in the order of the numbers in their names: `features.3` before `features.10`. */
const natural = new Intl.Collator('en', { numeric: true })

/** Modules that have a weight, convolutions and FC layers apart. */
const modulesOf = (
  shapes: ShapesByName,
  names: readonly string[],
): { readonly convolutions: readonly string[]; readonly dense: readonly string[] } => {
  const modules = names
    .filter((name) => name.endsWith('.weight'))
    .map((name) => name.slice(0, -'.weight'.length))
  const ofRank = (rank: number) => modules.filter((m) => shapes[`${m}.weight`]!.length === rank)
  return { convolutions: ofRank(4), dense: ofRank(2) }
}

const inOrder = (
  layers: readonly PyTorchLayer[],
  shapes: ShapesByName,
  names: readonly string[],
): PyTorchNames | undefined => {
  const { convolutions, dense } = modulesOf(shapes, names)
  const ours = {
    convolutions: layers.filter((layer) => layer.weight.length === 4),
    dense: layers.filter((layer) => layer.weight.length === 2),
  }
  if (convolutions.length !== ours.convolutions.length || dense.length !== ours.dense.length) {
    return undefined
  }
  const pairs = [
    ...ours.convolutions.map((layer, i) => [layer, convolutions[i]!] as const),
    ...ours.dense.map((layer, i) => [layer, dense[i]!] as const),
  ]
  const fits = pairs.every(([layer, module]) => same(layer.weight, shapes[`${module}.weight`]!))
  return fits ? Object.fromEntries(pairs.map(([layer, module]) => [layer.name, module])) : undefined
}

/** The modules of a state_dict whose names are not known, by their order and shapes. */
const byOrder = (model: Model, shapes: ShapesByName): PyTorchNames => {
  const layers = pytorchLayers(model)
  const names = Object.keys(shapes)
  const given = inOrder(layers, shapes, names)
  const sorted = inOrder(layers, shapes, [...names].sort(natural.compare))
  if (given && sorted && layers.some(({ name }) => given[name] !== sorted[name])) {
    throw new RetableError(
      'mismatch',
      `the tensors fit ${model.name} in the order given and in the order of their names, which differ; say which module is which layer with the option "names"`,
    )
  }
  const match = given ?? sorted
  if (match) return match
  const listed = (entries: readonly (readonly [string, readonly number[]])[]): string =>
    entries.map(([name, sizes]) => `${name} ${shape(sizes)}`).join(', ')
  throw new RetableError(
    'mismatch',
    `the tensors do not fit ${model.name}: found ${listed(Object.entries(shapes)) || 'none'}; expected, in order, ${listed(layers.map(({ name, weight }) => [name, weight]))}`,
  )
}

/** A layer with the names of its tensors in a state_dict. */
export interface MatchedLayer extends PyTorchLayer {
  readonly weightName: string
  readonly biasName: string
}

/**
 * Finds a net's layers among a state_dict's tensors: by `names` if given, else by the names that
 * {@link pytorchNames} expects, else by our own names, else by order and shapes.
 *
 * @throws RetableError `mismatch` if a tensor is missing, has another shape or belongs to no layer.
 */
export const matchPyTorch = (
  model: Model,
  shapes: ShapesByName,
  names?: PyTorchNames,
): readonly MatchedLayer[] => {
  const layers = pytorchLayers(model)
  const prefix = unwrap(Object.keys(shapes))
  const has = (candidate: PyTorchNames): boolean =>
    layers.every(({ name }) => `${prefix}${candidate[name]}.weight` in shapes)
  const own = Object.fromEntries(layers.map(({ name }) => [name, name]))
  const known = names ?? [pytorchNames(model), own].find(has)
  const modules = known
    ? Object.fromEntries(Object.entries(known).map(([name, m]) => [name, `${prefix}${m}`]))
    : byOrder(model, shapes)

  const matched = layers.map((layer): MatchedLayer => {
    const module = modules[layer.name]
    if (module === undefined) {
      throw new RetableError('mismatch', `"names" has no module for layer "${layer.name}"`)
    }
    const weightName = `${module}.weight`
    const biasName = `${module}.bias`
    check(model, layer.name, weightName, shapes[weightName], layer.weight)
    check(model, layer.name, biasName, shapes[biasName], [layer.weight[0]!])
    return { ...layer, weightName, biasName }
  })
  const used = new Set(matched.flatMap(({ weightName, biasName }) => [weightName, biasName]))
  const left = Object.keys(shapes).find((name) => !used.has(name))
  if (left !== undefined) {
    throw new RetableError(
      'mismatch',
      `the tensors hold "${left}" ${shape(shapes[left]!)}, which belongs to no layer of ${model.name}`,
    )
  }
  return matched
}

const check = (
  model: Model,
  layer: string,
  name: string,
  found: readonly number[] | undefined,
  expected: readonly number[],
): void => {
  if (!found) {
    throw new RetableError(
      'mismatch',
      `the tensors have no "${name}", expected for layer "${layer}" of ${model.name}`,
    )
  }
  if (!same(found, expected)) {
    throw new RetableError(
      'mismatch',
      `"${name}" has shape ${shape(found)}, but layer "${layer}" of ${model.name} (${model.classes} classes, images of ${model.inputShape[0]}×${model.inputShape[1]}) takes ${shape(expected)}`,
    )
  }
}
