import type { Params } from '@retable/core'
import { RetableError, disposeParams, isRetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import type * as H5 from 'h5wasm/node'
import type { Dataset, File, Group } from 'h5wasm/node'
import { checkModel } from '../check-options.js'
import { parameterShapesOf } from '../layer-parameters.js'
import type { Model } from '../model.js'
import { shapesThrough } from '../shapes-through.js'
import { weightsFormat } from './weights-format.js'

/** Keras's name of a VGG layer: `conv3_2` is `block3_conv2`, `fc6` is `fc1`. */
const kerasName = (layer: string): string => {
  const dense: Readonly<Record<string, string>> = { fc6: 'fc1', fc7: 'fc2', fc8: 'predictions' }
  const [stage, index] = layer.slice('conv'.length).split('_')
  return dense[layer] ?? `block${stage}_conv${index}`
}

/** Whether the library is reading a file, whose faults are thrown and need not be printed as well. */
let reading = false

/** The library with a standard error that it keeps for life: it takes `console.error` as it is when it is loaded. */
const load = async (): Promise<typeof H5> => {
  const { error } = console
  console.error = (...words: unknown[]) => {
    if (!reading) error.apply(console, words)
  }
  try {
    const reader = await import('h5wasm/node')
    await reader.ready
    return reader
  } catch (cause) {
    loaded = undefined
    throw new RetableError(
      'unavailable',
      'reading Keras .h5 files needs the package h5wasm: npm install h5wasm@0.10',
      { cause },
    )
  } finally {
    console.error = error
  }
}

let loaded: Promise<typeof H5> | undefined
const loadReader = (): Promise<typeof H5> => (loaded ??= load())

const checkFormat = async (path: string): Promise<void> => {
  if ((await weightsFormat(path)) !== 'hdf5') {
    throw new RetableError('corrupt-data', `${path} is not an HDF5 file: its signature is missing`)
  }
}

/**
 * What went wrong while the library read a file. Its own errors are pages of diagnostics, innermost last, or a word such as
 * "name not defined".
 */
const explain = (path: string, error: unknown): unknown => {
  if (isRetableError(error)) return error
  const text = String(error instanceof Error ? error.message : error)
  const inner = [...text.matchAll(/in \w+\(\): (.+)$/gm)].at(-1)?.[1]
  return new RetableError(
    'corrupt-data',
    `${path} is a damaged HDF5 file: ${inner ?? text.replace(/^error - /, '').split('\n')[0]}`,
    { cause: error },
  )
}

/** The most values that one read copies through the reader's own memory. */
const chunkValues = 4 * 2 ** 20

const readValues = (path: string, name: string, dataset: Dataset): Float32Array => {
  const shape = dataset.shape ?? []
  const rows = shape[0]!
  const rowValues = shape.slice(1).reduce((a, b) => a * b, 1)
  const step = Math.max(1, Math.floor(chunkValues / rowValues))
  const values = new Float32Array(rows * rowValues)
  for (let row = 0; row < rows; row += step) {
    const end = Math.min(rows, row + step)
    const part = dataset.slice([[row, end], ...shape.slice(1).map((): [] => [])])
    if (!(part instanceof Float32Array) || part.length !== (end - row) * rowValues) {
      throw new RetableError(
        'corrupt-data',
        `${path}: "${name}" could not be read as ${shape.join('×')} float32 values`,
      )
    }
    values.set(part, row * rowValues)
  }
  return values
}

const textsOf = (group: Group, attribute: string): readonly string[] => {
  const value = group.attrs[attribute]?.value
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []
}

const isGroup = (entity: unknown): entity is Group =>
  typeof entity === 'object' && entity !== null && 'keys' in entity

const isDataset = (entity: unknown): entity is Dataset =>
  typeof entity === 'object' && entity !== null && 'slice' in entity

/** The group that lists the layers: the root of a weights file, `model_weights` of a whole model's. */
const weightsGroup = (path: string, file: File): Group => {
  const inner = file.keys().includes('model_weights') ? file.get('model_weights') : file
  if (isGroup(inner) && textsOf(inner, 'layer_names').length > 0) return inner
  throw new RetableError(
    'corrupt-data',
    `${path} is not a Keras weights file: neither its root nor "model_weights" has layer_names`,
  )
}

/** Closes a file of which only parts may be sound. */
const close = (file: File | undefined): void => {
  try {
    file?.close()
  } catch {
    // What is wrong with it was said already.
  }
}

/** How {@link readKeras} takes the first layer's inputs. */
export interface KerasOptions {
  /** `bgr` (default) as in the file; `rgb` turns the first kernel round, for images whose first channel is red */
  readonly channels?: 'bgr' | 'rgb'
}

/**
 * A VGG's parameters from a Keras .h5 file: the published weights of VGG16 (`vgg('D')`) and VGG19 (`vgg('E')`), or
 * a model saved in that format. The caller owns the tree.
 *
 * Kernels and flattening order are already ours. Keras's published weights take images with channels blue, green, red,
 * whose means 103.939, 116.779, 123.68 are subtracted; `channels: 'rgb'` turns the first kernel, so that the same net
 * takes red, green, blue (means in that order). Needs the package h5wasm, which is imported when this is called.
 *
 * @throws RetableError `unavailable` without h5wasm, `not-found`, `corrupt-data` for a file that is not Keras's or is
 * damaged, `mismatch` if a layer is missing or has another shape, `invalid-argument` for a net that is no VGG.
 * @example
 * const params = await readKeras('vgg16_weights_tf_dim_ordering_tf_kernels.h5', vgg('D'), { channels: 'rgb' })
 */
export const readKeras = async (
  path: string,
  model: Model,
  options: KerasOptions = {},
): Promise<Params> => {
  checkModel('the second argument of readKeras', model)
  if (!model.name.startsWith('vgg-')) {
    throw new RetableError('invalid-argument', `Keras has no counterpart of ${model.name}`)
  }
  const channels: string = options.channels ?? 'bgr'
  if (channels !== 'bgr' && channels !== 'rgb') {
    throw new RetableError('invalid-argument', `channels is 'bgr' or 'rgb', found "${channels}"`)
  }
  await checkFormat(path)
  const reader = await loadReader()
  const params: Params = {}
  let file: File | undefined
  reader.Module.activate_throwing_error_handler()
  reading = true
  try {
    file = new reader.File(path, 'r')
    const root = weightsGroup(path, file)
    const listed = textsOf(root, 'layer_names')
    const shapes = shapesThrough(model.layers, model.inputShape)
    model.layers.forEach((layerOfOurs, i) => {
      const expected = parameterShapesOf(layerOfOurs, shapes[i]!)
      if (!expected['kernel']) return
      const { name } = layerOfOurs
      const keras = kerasName(name)
      const layer = listed.includes(keras) ? root.get(keras) : null
      if (!isGroup(layer)) {
        throw new RetableError(
          'mismatch',
          `${path} has no layer "${keras}", expected for "${name}" of ${model.name}; its layers are ${listed.join(', ')}`,
        )
      }
      const names = textsOf(layer, 'weight_names')
      ;(['kernel', 'bias'] as const).forEach((role, r) => {
        const dataset = names.length === 2 ? layer.get(names[r]!) : null
        const found = isDataset(dataset) ? (dataset.shape ?? []) : undefined
        if (!isDataset(dataset) || found?.join() !== expected[role]!.join()) {
          throw new RetableError(
            'mismatch',
            `${path}: the ${role} of "${keras}" ${found ? `is [${found.join(', ')}]` : 'is missing'}, but "${name}" of ${model.name} takes [${expected[role]!.join(', ')}]`,
          )
        }
        const values = readValues(path, names[r]!, dataset)
        params[`${name}/${role}`] = tf.tensor(values, [...expected[role]!], 'float32')
      })
    })
    if (channels === 'rgb') {
      const kernel = params['conv1_1/kernel']!
      params['conv1_1/kernel'] = tf.reverse(kernel, 2)
      kernel.dispose()
    }
    return params
  } catch (error) {
    disposeParams(params)
    throw explain(path, error)
  } finally {
    close(file)
    reading = false
    reader.Module.deactivate_throwing_error_handler()
  }
}
