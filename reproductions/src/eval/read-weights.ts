import { RetableError, isRetableError } from '@retable/core'
import type { Params } from '@retable/core'
import { pytorchNames } from '@retable/models'
import type { Model } from '@retable/models'
import {
  openSafetensors,
  readKeras,
  readPyTorch,
  readSafetensors,
  weightsFormat,
} from '@retable/models/node'

/**
 * A net's parameters from a file of weights: safetensors with this project's names (`conv1_1/kernel`) or a PyTorch
 * state_dict's (`features.0.weight`), or Keras's .h5, whose first kernel is turned to take red, green, blue.
 *
 * @throws RetableError `invalid-argument` for another kind of file; what reading and matching throw.
 */
export const readPublishedWeights = async (path: string, model: Model): Promise<Params> => {
  const format = await weightsFormat(path)
  if (format === 'hdf5') return readKeras(path, model, { channels: 'rgb' })
  if (format === 'zip' || format === 'pickle') {
    throw new RetableError(
      'invalid-argument',
      `${path} is neither .safetensors nor .h5; save PyTorch's .pth by safetensors.torch.save_file(state_dict, 'weights.safetensors'), Keras's .keras by model.save_weights('weights.h5')`,
    )
  }
  // Anything else: its reader says what is wrong with it.
  const file = await openSafetensors(path)
  const { names } = file
  await file.close()
  return names.some((name) => name.includes('/'))
    ? readSafetensors(path)
    : readStateDict(path, model)
}

/** The error for a state_dict that fits neither by names nor by order gives the first name that differs from torchvision's. */
const readStateDict = async (path: string, model: Model): Promise<Params> => {
  try {
    return await readPyTorch(path, model)
  } catch (error) {
    if (!isRetableError(error) || error.code !== 'mismatch') throw error
    return readPyTorch(path, model, { names: pytorchNames(model) })
  }
}
