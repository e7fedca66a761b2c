import * as tf from '@tensorflow/tfjs-core'
import type { Captured, TensorTree } from '@retable/core'
import { OnnxBackend } from '../backend.js'
import { formOf, leaves, mapTree, treeOf, type Form } from '../tensor-tree.js'
import { sameTemplate, TemplateRecorder, type Template } from './template.js'

/** What is known of the function for inputs of certain shapes. */
type Known =
  | { readonly kind: 'seen'; readonly template: Template }
  | { readonly kind: 'ready'; readonly template: Template; readonly form: Form }
  | { readonly kind: 'never'; readonly reason: string }

/** Sets of shapes that are remembered; what was used longest ago goes first. */
const mostShapes = 16

/**
 * Records a function of tensors, such as a whole training step, and replays it: tfjs's engine, its gradient tape and
 * the function's own JavaScript no longer run, only the graph that they made. The bits are those of the function.
 *
 * Everything that differs from call to call must come in through `inputs`: images, labels, dropout masks, learning
 * rates (as scalars), parameters, an optimizer's state. The first two calls with inputs of certain names, shapes and
 * dtypes run the function and compare what it recorded; later ones replay that. Numbers that the function makes by itself
 * and tensors that it takes from elsewhere keep the values that they had then.
 *
 * The function is called as usual, every time, if it cannot be replayed: it reads a tensor, so that what it does may
 * depend on values; it makes a tensor from an array of different numbers; the two recordings differ; it uses a
 * kernel that is left to the cpu backend; two inputs share their numbers; a gradient is being taken of its result; or
 * the backend is not 'onnx'. `obstacle` names the reason.
 *
 * The inputs stay the caller's, the results are the caller's; results are computed when something is read, as always
 * on this backend, so inputs that were disposed of by then give their memory to the results.
 *
 * @throws RetableError `invalid-argument` if inputs or results are not tensors or trees of tensors; what the function throws
 * @example
 * const step = capture(({ w, x, rate }) => {
 *   const { value, grads } = valueAndGrads((p) => loss(p, x), w)
 *   return { loss: value, w: mapParams(w, (t, name) => tf.sub(t, tf.mul(grads[name], rate))) }
 * })
 * for (const x of batches) ({ loss, w } = step({ w, x, rate: tf.scalar(0.1) })) // dispose of the old ones
 */
export const capture = <I extends TensorTree, O extends TensorTree>(
  step: (inputs: I) => O,
): Captured<I, O> => {
  const known = new Map<string, Known>()
  let owner: OnnxBackend | null = null
  let replays = 0
  let obstacle: string | null = null

  const dispose = (): void => {
    for (const entry of known.values()) forget(owner, entry)
    known.clear()
    owner = null
  }
  const learn = (key: string, entry: Known): void => {
    known.set(key, entry)
    if (known.size <= mostShapes) return
    const [oldest, gone] = known.entries().next().value!
    known.delete(oldest)
    forget(owner, gone)
  }
  const call = (inputs: I): O => {
    const onnx = currentBackend()
    obstacle = whyNow(onnx)
    if (onnx === null || obstacle !== null) return plain(step, inputs)
    if (onnx !== owner) {
      dispose()
      owner = onnx
    }
    const given = leaves(inputs, 'input')
    const key = given.map(([name, t]) => `${name}:${t.dtype}[${t.shape.join()}]`).join()
    const entry = known.get(key)
    if (entry?.kind === 'ready') {
      known.delete(key)
      known.set(key, entry)
      replays++
      return replay(onnx, entry, given) as O
    }
    if (entry?.kind === 'never') {
      obstacle = entry.reason
      return plain(step, inputs)
    }
    const { results, template } = record(onnx, step, inputs, given)
    const agree =
      entry !== undefined && typeof template !== 'string' && sameTemplate(entry.template, template)
    if (entry !== undefined) forget(onnx, entry)
    if (typeof template === 'string') {
      obstacle = template
      learn(key, { kind: 'never', reason: template })
      return results
    }
    if (entry === undefined || agree) {
      // Held until they are forgotten, so that their memory is not used again.
      for (const constant of template.constants) constant.refs++
    }
    if (entry === undefined) learn(key, { kind: 'seen', template })
    else if (agree) learn(key, { kind: 'ready', template, form: formOf(results) })
    else {
      obstacle = 'two calls made different graphs, or the same one with different constants'
      learn(key, { kind: 'never', reason: obstacle })
    }
    return results
  }
  return Object.defineProperties(call, {
    replays: { get: () => replays },
    obstacle: { get: () => obstacle },
    dispose: { value: dispose },
  }) as Captured<I, O>
}

/** Gives up the hold on a template's constants. */
const forget = (onnx: OnnxBackend | null, entry: Known): void => {
  if (entry.kind === 'never') return
  for (const constant of entry.template.constants) onnx?.tensors.release(constant)
}

const currentBackend = (): OnnxBackend | null => {
  const backend = tf.engine().backendName === 'onnx' ? tf.backend() : null
  return backend instanceof OnnxBackend ? backend : null
}

const whyNow = (onnx: OnnxBackend | null): string | null => {
  if (onnx === null) return `the current backend is '${tf.engine().backendName}', not 'onnx'`
  if (onnx.tracing !== null) return 'a function that calls it is being exported'
  if (tf.engine().state.gradientDepth > 0) return 'a gradient is being taken of its result'
  return null
}

/** Results that are inputs as well are tensors of their own, as those of a replay are. */
const plain = <I extends TensorTree, O extends TensorTree>(
  step: (inputs: I) => O,
  inputs: I,
): O => {
  const given = new Set(leaves(inputs, 'input').map(([, tensor]) => tensor))
  return tf.tidy(() => {
    const results = step(inputs)
    return mapTree(results, (t) => (given.has(t) ? tf.clone(t) : t)) as O & tf.TensorContainer
  })
}

const record = <I extends TensorTree, O extends TensorTree>(
  onnx: OnnxBackend,
  step: (inputs: I) => O,
  inputs: I,
  given: readonly [string, tf.Tensor][],
): { readonly results: O; readonly template: Template | string } => {
  const strings = given.find(([, { dtype }]) => dtype === 'string' || dtype === 'complex64')
  if (strings !== undefined) {
    const [name, { dtype }] = strings
    return { results: plain(step, inputs), template: `its input '${name}' is ${dtype}` }
  }
  const recorder = new TemplateRecorder(
    given.map(([, tensor]) => onnx.tensors.graphValue(tensor.dataId)),
  )
  const outer = onnx.recording
  onnx.recording = recorder
  let results: O
  try {
    results = plain(step, inputs)
  } finally {
    onnx.recording = outer
  }
  const outputs = leaves(results, 'output').map(([name, info]) => ({
    name,
    info,
    value: onnx.tensors.get(info.dataId).value,
  }))
  const template = recorder.finish(outputs)
  if (typeof template === 'string') return { results, template }
  const { epoch } = onnx.recorder
  const lost = template.constants.some((c) => c.storage === null && c.epoch !== epoch)
  return { results, template: lost ? 'it was cut in two, as it is long' : template }
}

const replay = (
  onnx: OnnxBackend,
  { template, form }: Extract<Known, { kind: 'ready' }>,
  given: readonly [string, tf.Tensor][],
): TensorTree => {
  const values = onnx.replay(
    template,
    given.map(([, tensor]) => onnx.tensors.graphValue(tensor.dataId)),
  )
  const engine = tf.engine()
  let next = 0
  const results = treeOf(form, () => {
    const { place, shape } = template.outputs[next++]!
    return engine.makeTensorFromTensorInfo(onnx.tensors.adopt(values[place]!, shape), onnx)
  })
  // Not before: what is not held yet would be lost.
  onnx.cutIfLong()
  return results
}
