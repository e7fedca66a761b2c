// One contender of training-step.mjs in a process of its own: a net, a backend, a mode. It says when it is ready; then
// each line on standard input asks for a step, and each line on standard output is what it took, as JSON. pytorch.py
// is the same for PyTorch.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@retable/backends'
import { captureStep, createRandom, disposeParams, holdConstants } from '@retable/core'
import { makeTrainer, softmaxCrossEntropy } from '@retable/training'
import { netOf } from './nets.mjs'

const { net, mode, backend, threads, batch, profile } = JSON.parse(process.argv[2])

/** The most memory the process ever held, in MB. */
const peakMemory = () => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1e3
  } catch {
    return process.resourceUsage().maxRSS / 1e3
  }
}

if (backend === 'onnx' && profile) {
  const { registerOnnxBackend } = await import('@retable/backend-onnx')
  await registerOnnxBackend({ threads, profile })
  await tf.setBackend('onnx')
} else {
  await useBackend(
    backend === 'tfjs-node' ? 'node' : backend,
    ['cpu', 'tfjs-node'].includes(backend) ? {} : { threads },
  )
}
/** Milliseconds in which sessions were made: graphs lowered and written, and read by ONNX Runtime. */
let building = 0
if (backend === 'onnx') {
  const { sessions } = tf.backend().runtime
  const get = sessions.get.bind(sessions)
  sessions.get = (...args) => {
    const start = performance.now()
    const found = get(...args)
    building += performance.now() - start
    return found
  }
}

/**
 * The fastest of some convolutions, in GFLOP/s: what this machine and backend reach at best. Without padding, so that none
 * is computed with fewer multiplications than it counts.
 */
const bestConvolution = async () => {
  const rates = []
  for (const [batchSize, size, inputs, outputs, side] of [
    [16, 27, 96, 256, 5],
    [16, 14, 256, 384, 3],
    [16, 28, 128, 128, 3],
    [16, 28, 256, 256, 3],
  ]) {
    const x = tf.zeros([batchSize, size, size, inputs])
    const w = tf.fill([side, side, inputs, outputs], 0.01)
    const times = []
    for (let i = 0; i < 7; i++) {
      const start = performance.now()
      const y = tf.conv2d(x, w, 1, 'valid')
      const one = tf.slice(y, [0, 0, 0, 0], [1, 1, 1, 1])
      await one.data()
      times.push(performance.now() - start)
      tf.dispose([y, one])
    }
    tf.dispose([x, w])
    const flops = 2 * batchSize * (size - side + 1) ** 2 * side ** 2 * inputs * outputs
    rates.push(flops / Math.min(...times) / 1e6)
  }
  return Math.max(...rates)
}

const lines = createInterface({ input: process.stdin })
const say = (message) => console.log(JSON.stringify(message))

if (mode === 'convolution') {
  say({ ready: true })
  for await (const _ of lines) say({ rate: await bestConvolution() })
} else {
  const random = createRandom(1)
  const { make, optimizer: makeOptimizer } = netOf(net)
  const model = make()
  const optimizer = makeOptimizer()
  const shape = [batch, ...model.inputShape]
  let params = model.init(random)
  let state = mode === 'training' ? optimizer.init(params) : null
  const images = random
    .stream('images')
    .fillUniform(new Float32Array(shape.reduce((a, b) => a * b, 1)))
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10)
  const indices = Uint32Array.from({ length: batch }, (_, i) => i)
  const trainer = makeTrainer({ model, loss: softmaxCrossEntropy, optimizer, trainErrors: false })

  /** One update as training's `fit` makes it. */
  const train = (step) => {
    const given = { images, labels, indices, shape, index: step }
    const next = trainer.step(params, state, given, 1e-4, random.stream('step', step))
    for (const tree of [params, ...Object.values(state.slots)]) disposeParams(tree)
    ;({ params, state } = next)
    return next.outcome.then(({ loss }) => loss)
  }

  // As `predict` does from its ninth run on.
  if (mode !== 'training') holdConstants(params)
  const apply = ({ x }) => tf.tidy(() => model.apply(params, x, { training: false }))
  const score = (mode !== 'training' && captureStep(apply)) || apply
  const infer = () => {
    const x = tf.tensor4d(images, shape)
    const logits = score({ x })
    x.dispose()
    return logits.data().then(([first]) => {
      logits.dispose()
      return first
    })
  }

  say({ ready: true, multiplyAdds: model.summary().totals.multiplyAdds })
  let step = 0
  for await (const _ of lines) {
    const start = performance.now()
    const outcome = mode === 'training' ? train(step) : infer()
    // What is not computed yet is recorded: on a lazy backend this is the time that recording takes.
    const recorded = performance.now() - start
    const first = await outcome
    const ms = performance.now() - start
    step++
    const resident = process.memoryUsage().rss / 1e6
    say({ ms, recorded, built: building, first, peak: peakMemory(), resident })
  }
  trainer.dispose()
}
if (profile) tf.removeBackend('onnx')
