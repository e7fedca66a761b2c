import * as tf from '@tensorflow/tfjs-core'
import { RetableError, type TensorTree } from '@retable/core'
import { OnnxBackend } from '../backend.js'
import { compileGraph } from '../graph/compile.js'
import type { GraphDtype } from '../graph/types.js'
import { viewKernel } from '../kernels/view.js'
import { leaves } from '../tensor-tree.js'
import { standIns } from './trace.js'

/** protobuf cannot hold more. */
const largest = 2 ** 31 - 1

/**
 * Writes a function of tensors as an ONNX model, which ONNX Runtime runs from any language: a model's inference, or a
 * whole training step.
 *
 * The function is traced once, on stand-ins with the shapes of `examples`; every shape is fixed in the model. The
 * leaves of `examples` become its inputs and those of the result its outputs, named by their paths
 * (`params/conv1/kernel`); tensors that the function takes from elsewhere become constants, random numbers that
 * it draws included. A few nodes are ONNX Runtime's own (domain com.microsoft). The backend 'onnx' must be the current one.
 * The examples stay the caller's; nothing else is left to dispose of.
 *
 * @throws RetableError 'unavailable' if 'onnx' is not the current backend; 'invalid-argument' if the function
 * reads a tensor that depends on its inputs, needs a kernel that has no mapping, or names an output like an input
 *
 * @example
 * const bytes = toOnnx(
 *   ({ params, images }) => ({ logits: model.apply(params, images, { training: false }) }),
 *   { params, images: tf.zeros([1, 224, 224, 3]) },
 * )
 * await writeFile('vgg-D.onnx', bytes)
 */
export const toOnnx = <T extends TensorTree>(
  fn: (inputs: T) => TensorTree,
  examples: T,
): Uint8Array => {
  const onnx = currentBackend()
  const inputs = leaves(examples, 'input').map(([name, { dtype, shape }]) => ({
    name,
    type: dtype as GraphDtype,
    dims: shape,
  }))
  return onnx.trace(() => {
    const scope = tf.engine()
    scope.startScope('toOnnx')
    try {
      const stand = standIns(onnx, examples)
      onnx.tracing = stand.values
      const outputs = leaves(fn(stand.tree), 'output')
      onnx.tracing = null
      for (const [name] of outputs) {
        if (inputs.some((input) => input.name === name)) {
          throw new RetableError(
            'invalid-argument',
            `'${name}' names an input and an output; in an ONNX model they must differ`,
          )
        }
      }
      // Each output is recorded once more under its own shape: it may be an input, or another name for another.
      const names = new Map<number, string>()
      for (const [name, tensor] of outputs) {
        const [info] = onnx.recordKernel(viewKernel, [tensor], { shape: tensor.shape, name }) ?? []
        if (info === undefined) {
          throw new RetableError(
            'invalid-argument',
            `the output '${name}' is ${tensor.dtype} [${tensor.shape.join()}], which an ONNX graph cannot hold here`,
          )
        }
        names.set(onnx.tensors.graphValue(info.dataId).slot, name)
        onnx.disposeData(info.dataId)
      }
      const { nodes, slots } = onnx.recorder
      const { model } = compileGraph({
        nodes,
        slots,
        roots: [...names.keys()],
        inputs,
        provider: onnx.options.provider,
        stopsCopies: false,
        nameOf: (slot, kind) =>
          kind === 'fetch' ? names.get(slot)! : stand.values.get(slots[slot]!.value)!,
        isConstant: (slot) => !stand.values.has(slots[slot]!.value),
      })
      if (model.length > largest) {
        throw new RetableError(
          'invalid-argument',
          `the model has ${model.length} bytes, and an ONNX file may have ${largest}: make its parameters inputs`,
        )
      }
      return model
    } finally {
      onnx.tracing = null
      scope.endScope()
    }
  })
}

const currentBackend = (): OnnxBackend => {
  const backend = tf.engine().backendName === 'onnx' ? tf.backend() : null
  if (backend instanceof OnnxBackend) return backend
  throw new RetableError(
    'unavailable',
    `toOnnx needs the backend 'onnx'; the current one is '${tf.engine().backendName}'`,
  )
}
