// Whether exported models say the same as tfjs: VGG-16 (224 pixels, 1,000 classes, its 138 million parameters as
// constants) and a training step of AlexNet (227 pixels, two towers, SGD with momentum; parameters and velocities go in
// and come out), each written by toOnnx, and run in a fresh process by onnxruntime-node alone:
//
//   node tools/bench/export-onnx.mjs [--only vgg,alexnet]
//
// Build first: npx nx run-many -t build.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'vgg,alexnet' }, run: { type: 'string' } },
})

/** The leaves of a tree by their paths, as toOnnx names them. */
const leaves = (tree, path = []) =>
  Object.entries(tree).flatMap(([name, child]) =>
    child.dataSync ? [[[...path, name].join('/'), child]] : leaves(child, [...path, name]),
  )

const write = (folder, kind, tensors) => {
  const index = leaves(tensors).map(([name, tensor], i) => {
    writeFileSync(join(folder, `${kind}${i}`), tensor.dataSync())
    return { name, shape: tensor.shape }
  })
  writeFileSync(join(folder, `${kind}.json`), JSON.stringify(index))
}

const read = (folder, kind) =>
  JSON.parse(readFileSync(join(folder, `${kind}.json`), 'utf8')).map(({ name, shape }, i) => {
    const bytes = readFileSync(join(folder, `${kind}${i}`))
    const { buffer, byteOffset, length } = bytes
    return { name, shape, data: new Float32Array(buffer.slice(byteOffset, byteOffset + length)) }
  })

const cases = {
  vgg: async (tf) => {
    const { createRandom } = await import('@retable/core')
    const { vgg } = await import('@retable/models')
    const random = createRandom(1)
    const model = vgg('D', { classes: 1000, inputSize: 224 })
    const params = model.init(random)
    const images = tf.tensor(random.fillUniform(new Float32Array(224 * 224 * 3)), [1, 224, 224, 3])
    const fn = (inputs) => ({ logits: model.apply(params, inputs.images, { training: false }) })
    return { fn, inputs: { images } }
  },
  alexnet: async (tf) => {
    const { createRandom, valueAndGrads } = await import('@retable/core')
    const { alexnet } = await import('@retable/models')
    const { sgd } = await import('@retable/optimizers')
    const { softmaxCrossEntropy } = await import('@retable/training')
    const random = createRandom(1)
    const model = alexnet({ classes: 1000, inputSize: 227 })
    const optimizer = sgd({ momentum: 0.9, weightDecay: 5e-4, form: 'krizhevsky' })
    const params = model.init(random)
    const { slots } = optimizer.init(params)
    const pixels = random.fillUniform(new Float32Array(4 * 227 * 227 * 3))
    const images = tf.tensor(pixels, [4, 227, 227, 3])
    const fn = (inputs) => {
      const ctx = { training: true, random: random.stream('step', 0) }
      const { value, grads } = valueAndGrads(
        (p) => softmaxCrossEntropy(model.apply(p, inputs.images, ctx), [0, 1, 2, 3]),
        inputs.params,
      )
      const next = optimizer.update(inputs.params, grads, { step: 0, slots: inputs.slots }, 0.01)
      return { loss: value, next: { params: next.params, slots: next.state.slots } }
    }
    return { fn, inputs: { params, slots, images } }
  },
}

const exportCase = async (name, folder) => {
  const tf = await import('@tensorflow/tfjs-core')
  const { registerOnnxBackend, toOnnx } = await import('@retable/backend-onnx')
  await registerOnnxBackend()
  await tf.setBackend('onnx')
  const { fn, inputs } = await cases[name](tf)
  const start = performance.now()
  const model = toOnnx(fn, inputs)
  console.log(
    `${name}: ${model.length} bytes in ${((performance.now() - start) / 1e3).toFixed(1)} s`,
  )
  writeFileSync(join(folder, 'model.onnx'), model)
  write(folder, 'input', inputs)
  write(folder, 'output', fn(inputs))
}

const compare = async (name, folder) => {
  const require = createRequire(
    new URL('../../packages/backend-onnx/package.json', import.meta.url),
  )
  process.env.ORT_DISABLE_TELEMETRY ||= '1'
  const { InferenceSession, Tensor } = require('onnxruntime-node')
  const session = await InferenceSession.create(join(folder, 'model.onnx'))
  const inputs = read(folder, 'input').map((t) => [t.name, new Tensor('float32', t.data, t.shape)])
  const outputs = await session.run(Object.fromEntries(inputs))
  let worst = 0
  const expected = read(folder, 'output')
  for (const { name: output, data } of expected) {
    const found = outputs[output].data
    const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    const off = data.reduce((most, v, i) => Math.max(most, Math.abs(v - found[i])), 0)
    worst = Math.max(worst, off / (largest || 1))
  }
  console.log(
    `${name}: ${expected.length} outputs, at most ${worst.toExponential(1)} of the largest`,
  )
  if (!(worst < 1e-4)) process.exitCode = 1
}

if (values.run !== undefined) {
  const [step, name, folder] = values.run.split(',')
  await (step === 'export' ? exportCase : compare)(name, folder)
} else {
  for (const name of values.only.split(',')) {
    const folder = mkdtempSync(join(tmpdir(), 'retable-export-'))
    try {
      for (const step of ['export', 'compare']) {
        const args = [fileURLToPath(import.meta.url), '--run', [step, name, folder].join()]
        const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
        if (status !== 0) process.exitCode = 1
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}
