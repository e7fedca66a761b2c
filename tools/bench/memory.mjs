// Resident memory of a training run after 100 and after 1,000 steps, on onnx and wasm, each in a process of its own:
//
//   node tools/bench/memory.mjs [--backends onnx,wasm] [--steps N] [--json FILE]
//
// A small net with new images each step, as a loader hands them over. What grows is what is not let go of: at most 5%
// is wanted. Build first: npx nx run-many -t build.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'onnx,wasm' },
    steps: { type: 'string', default: '1000' },
    json: { type: 'string' },
    run: { type: 'string' },
  },
})
const steps = Number(values.steps)

const train = async (backend) => {
  const tf = await import('@tensorflow/tfjs-core')
  const { useBackend } = await import('@retable/backends')
  const { createRandom, disposeParams, valueAndGrads } = await import('@retable/core')
  const { vgg } = await import('@retable/models')
  const { adam } = await import('@retable/optimizers')
  const { softmaxCrossEntropy } = await import('@retable/training')
  await useBackend(backend)
  const random = createRandom(1)
  const model = vgg('A', { classes: 10, inputSize: 32, widthScale: 1 / 16, initialization: 'he' })
  const optimizer = adam()
  let params = model.init(random)
  let state = optimizer.init(params)
  const labels = Int32Array.from({ length: 16 }, (_, i) => i % 10)
  const resident = {}
  for (let step = 1; step <= steps; step++) {
    const pixels = random.stream('images', step).fillUniform(new Float32Array(16 * 32 * 32 * 3))
    const images = tf.tensor4d(pixels, [16, 32, 32, 3])
    const ctx = { training: true, random: random.stream('step', step) }
    const { value, grads } = valueAndGrads(
      (p) => softmaxCrossEntropy(model.apply(p, images, ctx), labels),
      params,
    )
    const next = optimizer.update(params, grads, state, 1e-3)
    for (const tree of [params, grads, ...Object.values(state.slots)]) disposeParams(tree)
    images.dispose()
    ;({ params, state } = next)
    await value.data()
    value.dispose()
    if (step % 100 === 0) resident[step] = process.memoryUsage().rss / 1e6
  }
  console.log(JSON.stringify(resident))
}

if (values.run !== undefined) {
  await train(values.run)
} else {
  const results = values.backends.split(',').map((backend) => {
    const args = [fileURLToPath(import.meta.url), '--run', backend, '--steps', String(steps)]
    const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${backend} failed: ${stderr}`)
    const resident = JSON.parse(stdout.trim().split('\n').at(-1))
    const growth = resident[steps] / resident[100] - 1
    console.log(
      `${backend.padEnd(6)} ${Object.values(resident)
        .map((mb) => mb.toFixed(0))
        .join(' ')} MB every 100 steps; ${(100 * growth).toFixed(1)}% from step 100 to ${steps}`,
    )
    return { backend, resident, growth }
  })
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ steps, results }, null, 2)}\n`)
}
