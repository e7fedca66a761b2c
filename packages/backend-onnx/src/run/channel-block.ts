import { OnnxBuilder } from '../graph/builder.js'
import { encodeModel } from '../graph/model.js'
import { blockedDomain } from '../graph/types.js'
import type { NativeRuntime } from './native.js'

const known = new WeakMap<NativeRuntime, number>()

/**
 * How many channels a block of ONNX Runtime's blocked maps has on this processor: 8 with AVX2, 16 with AVX-512. 0 if it
 * has no operators for them. Found by reordering a map of four channels.
 */
export const channelBlock = (native: NativeRuntime): number => {
  let block = known.get(native)
  if (block === undefined) known.set(native, (block = probe(native)))
  return block
}

const probe = (native: NativeRuntime): number => {
  const builder = new OnnxBuilder()
  builder.output(builder.op('ReorderInput', ['x'], {}, blockedDomain), 'y')
  const dims = [1, 4, 1, 1]
  const model = encodeModel(
    builder,
    [{ name: 'x', type: 'float32', dims }],
    [{ name: 'y', type: 'float32', dims: [1, 'block', 1, 1] }],
    { stopsCopies: false },
  )
  const session = native.createSession()
  try {
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    })
    const x = new native.Tensor('float32', new Float32Array(4), dims)
    return session.run({ x }, { y: null }, {})['y']!.dims[1]!
  } catch {
    return 0
  } finally {
    session.dispose()
  }
}
