// One contender of training-step.mjs in a process of its own: a net, a backend, a mode. Each line on standard input
// asks for a step; each line on standard output is what it took, as JSON. pytorch.py is the same for PyTorch.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@retable/backends'
import { createRandom, disposeParams, valueAndGrads } from '@retable/core'
import { alexnet, vgg } from '@retable/models'
import { adam } from '@retable/optimizers'
import { softmaxCrossEntropy } from '@retable/training'

const { net, mode, backend, threads, batch, profile } = JSON.parse(process.argv[2])

const nets = {
  alexnet: () => alexnet({ variant: 'class-notes', classes: 10, inputSize: 128 }),
  'vgg-16': () => vgg('D', { classes: 10, inputSize: 128, initialization: 'glorot' }),
  'vgg-19 at 1/8': () =>
    vgg('E', {
      classes: 10,
      inputSize: 32,
      widthScale: 1 / 8,
      pools: [1, 2, 5],
      initialization: 'glorot',
    }),
}

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
  await useBackend(backend, backend === 'cpu' ? {} : { threads })
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
const random = createRandom(1)
const model = nets[net]()
const optimizer = adam({ weightDecay: 1e-4 })
let params = model.init(random)
let state = mode === 'training' ? optimizer.init(params) : null
const pixels = random
  .stream('images')
  .fillUniform(new Float32Array(batch * model.inputShape.reduce((a, b) => a * b, 1)))
const labels = Int32Array.from({ length: batch }, (_, i) => i % 10)

/** One update as training's `fit` makes it. */
const train = (step) => {
  const images = tf.tensor4d(pixels, [batch, ...model.inputShape])
  const { value, grads } = valueAndGrads((p) => {
    const logits = model.apply(p, images, { training: true, random: random.stream('step', step) })
    return softmaxCrossEntropy(logits, labels)
  }, params)
  const next = optimizer.update(params, grads, state, 1e-4)
  for (const tree of [params, grads, ...Object.values(state.slots)]) disposeParams(tree)
  images.dispose()
  ;({ params, state } = next)
  return value
}

const infer = () => {
  const images = tf.tensor4d(pixels, [batch, ...model.inputShape])
  const logits = tf.tidy(() => model.apply(params, images, { training: false }))
  images.dispose()
  return logits
}

let step = 0
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now()
  const out = mode === 'training' ? train(step) : infer()
  // What is not computed yet is recorded: on a lazy backend this is the time that the trace takes.
  const recorded = performance.now() - start
  const [first] = await out.data()
  const ms = performance.now() - start
  out.dispose()
  step++
  console.log(
    JSON.stringify({
      ms,
      recorded,
      built: building,
      first,
      peak: peakMemory(),
      resident: process.memoryUsage().rss / 1e6,
    }),
  )
}
if (profile) {
  tf.removeBackend('onnx')
}
