import type { Params } from '@retable/core'
import { disposeParams } from '@retable/core'
import { checkModel } from '../check-options.js'
import { inFile } from '../in-file.js'
import type { Model } from '../model.js'
import { hwioToOihw } from '../oihw.js'
import { matchPyTorch } from '../pytorch-match.js'
import { pytorchLayers, pytorchNames } from '../pytorch-names.js'
import type { PyTorchOptions } from '../pytorch.js'
import { checkFloat, checkParams, kernelFromPyTorch } from '../pytorch.js'
import type { TensorSource } from './safetensors-file.js'
import { openSafetensors, writeTensorStream } from './safetensors-file.js'

/**
 * A net's parameters from a safetensors file that holds a PyTorch state_dict: `fromPyTorch` with one tensor of
 * the file in memory at a time. The caller owns the tree.
 *
 * @throws RetableError `not-found`, `corrupt-data` (see `openSafetensors`), `mismatch` (see `fromPyTorch`).
 * @example
 * const params = await readPyTorch('vgg16.safetensors', vgg('D'))
 */
export const readPyTorch = async (
  path: string,
  model: Model,
  options: PyTorchOptions = {},
): Promise<Params> => {
  checkModel('the second argument of readPyTorch', model)
  const file = await openSafetensors(path)
  const params: Params = {}
  try {
    const shapes = Object.fromEntries(file.names.map((name) => [name, file.tensors[name]!.shape]))
    for (const layer of matchPyTorch(model, shapes, options.names)) {
      const weight = await file.read(layer.weightName)
      try {
        checkFloat(layer.weightName, weight)
        const values = await weight.data<'float32'>()
        params[`${layer.name}/kernel`] = kernelFromPyTorch(values, layer.oihw, layer.kernel)
      } finally {
        weight.dispose()
      }
      const bias = await file.read(layer.biasName)
      params[`${layer.name}/bias`] = bias
      checkFloat(layer.biasName, bias)
    }
    return params
  } catch (error) {
    disposeParams(params)
    throw inFile(path, error)
  } finally {
    await file.close()
  }
}

/**
 * Writes a net's parameters as a PyTorch state_dict in a safetensors file: `toPyTorch` with one converted tensor in
 * memory at a time. Temporary file, then rename; disposes of nothing.
 *
 * @throws RetableError `mismatch` if `params` are not the net's.
 * @example
 * await writePyTorch('vgg16.safetensors', vgg('D'), params)
 */
export const writePyTorch = async (
  path: string,
  model: Model,
  params: Params,
  options: PyTorchOptions = {},
): Promise<void> => {
  checkModel('the second argument of writePyTorch', model)
  checkParams(model, params)
  const names = options.names ?? pytorchNames(model)
  const valuesOf = (name: string): Promise<Float32Array> => params[name]!.data<'float32'>()
  const tensors = pytorchLayers(model).flatMap(
    ({ name, weight, oihw }): (readonly [string, TensorSource])[] => [
      [
        `${names[name]}.weight`,
        {
          dtype: 'F32',
          shape: weight,
          read: async () => hwioToOihw(await valuesOf(`${name}/kernel`), oihw),
        },
      ],
      [
        `${names[name]}.bias`,
        { dtype: 'F32', shape: [weight[0]!], read: () => valuesOf(`${name}/bias`) },
      ],
    ],
  )
  await writeTensorStream(path, tensors, { format: 'pt', model: model.name })
}
