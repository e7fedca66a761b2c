import type { Params } from '@retable/core'
import { RetableError, assertSameTree, disposeParams } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkModel } from './check-options.js'
import type { Model } from './model.js'
import type { Oihw } from './oihw.js'
import { hwioToOihw, oihwToHwio } from './oihw.js'
import { matchPyTorch } from './pytorch-match.js'
import type { PyTorchNames } from './pytorch-names.js'
import { pytorchLayers, pytorchNames } from './pytorch-names.js'

/** Where to find a net's layers in a state_dict whose names are neither torchvision's nor ours. */
export interface PyTorchOptions {
  /** a module's name for each layer: `{ conv1: 'net.0', … }` */
  readonly names?: PyTorchNames
}

/** A float32 tensor's values on the host. */
const floats = (name: string, tensor: tf.Tensor): Float32Array => {
  checkFloat(name, tensor)
  return tensor.dataSync<'float32'>()
}

/** @throws RetableError `mismatch` if the tensor is not float32. */
export const checkFloat = (name: string, tensor: tf.Tensor): void => {
  if (tensor.dtype !== 'float32') {
    throw new RetableError('mismatch', `"${name}" is ${tensor.dtype}, expected float32`)
  }
}

/**
 * A net's parameters from a PyTorch state_dict: torchvision's vgg11, vgg13, vgg16, vgg19 and alexnet (for `vgg('A')`,
 * B, D, E and alexnet's variant `torchvision`), or any module with the same layers in the same order.
 *
 * Kernels go from [out, in, h, w] to [h, w, in, out]; FC weights are transposed; the first FC layer's inputs are also
 * taken from PyTorch's order of a flattened map (channels, rows, columns) to ours (rows, columns, channels). Layers are
 * found by torchvision's names, or ours (`conv1.weight`), or by order and shapes; `names` settles what is unclear.
 * A `module.` before every name (`nn.DataParallel`) is skipped.
 *
 * Works on host values; the new tree is the caller's, and `tensors` are not disposed of. For files of hundreds of
 * megabytes, `readPyTorch` of `@retable/models/node` holds one tensor at a time.
 *
 * torchvision's nets average the last map to 7×7 (alexnet 6×6). At 224 pixels that changes nothing; for other sizes make
 * the net with `adaptivePool: 7`, or the first FC layer's shape will be refused.
 *
 * @throws RetableError `mismatch` if a tensor is missing, unexpected, or has another shape or type; `invalid-argument` if
 * `model` is no model.
 * @example
 * const params = fromPyTorch(vgg('D'), loadSafetensors(bytes)) // torchvision's vgg16
 */
export const fromPyTorch = (
  model: Model,
  tensors: Params,
  options: PyTorchOptions = {},
): Params => {
  checkModel('the first argument of fromPyTorch', model)
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, t.shape]))
  const params: Params = {}
  try {
    for (const layer of matchPyTorch(model, shapes, options.names)) {
      const { name, oihw, kernel, weightName, biasName } = layer
      params[`${name}/kernel`] = kernelFromPyTorch(
        floats(weightName, tensors[weightName]!),
        oihw,
        kernel,
      )
      params[`${name}/bias`] = tf.tensor1d(floats(biasName, tensors[biasName]!).slice())
    }
  } catch (error) {
    disposeParams(params)
    throw error
  }
  return params
}

/** Our kernel of a weight's values in PyTorch's order. */
export const kernelFromPyTorch = (
  values: Float32Array,
  oihw: Oihw,
  kernel: readonly number[],
): tf.Tensor => tf.tensor(oihwToHwio(values, oihw), [...kernel], 'float32')

/**
 * A PyTorch state_dict of a net's parameters, or of gradients or anything else with the same tree: the inverse of
 * {@link fromPyTorch}, under the names of {@link pytorchNames} or of `names`.
 *
 * The new tensors are the caller's; `params` are not disposed of.
 *
 * @throws RetableError `mismatch` if `params` are not the net's, `invalid-argument` if `model` is no model.
 * @example
 * const bytes = saveSafetensors(toPyTorch(vgg('D'), params))
 * // In Python: vgg16().load_state_dict(safetensors.torch.load(bytes))
 */
export const toPyTorch = (model: Model, params: Params, options: PyTorchOptions = {}): Params => {
  checkModel('the first argument of toPyTorch', model)
  const names = options.names ?? pytorchNames(model)
  const layers = pytorchLayers(model)
  checkParams(model, params)
  const tensors: Params = {}
  try {
    for (const { name, weight, oihw } of layers) {
      const module = names[name]
      if (module === undefined) {
        throw new RetableError('mismatch', `"names" has no module for layer "${name}"`)
      }
      const kernel = floats(`${name}/kernel`, params[`${name}/kernel`]!)
      const bias = floats(`${name}/bias`, params[`${name}/bias`]!)
      tensors[`${module}.weight`] = tf.tensor(hwioToOihw(kernel, oihw), [...weight], 'float32')
      tensors[`${module}.bias`] = tf.tensor1d(bias.slice())
    }
  } catch (error) {
    disposeParams(tensors)
    throw error
  }
  return tensors
}

/** @throws RetableError `mismatch` if the tree is not that of the model's parameters. */
export const checkParams = (model: Model, params: Params): void => {
  const expected = Object.fromEntries(
    pytorchLayers(model).flatMap(({ name, kernel, weight }) => [
      [`${name}/kernel`, { shape: kernel }],
      [`${name}/bias`, { shape: [weight[0]!] }],
    ]),
  )
  assertSameTree(expected as unknown as Params, params, `the parameters of ${model.name}`)
}
