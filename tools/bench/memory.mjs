// Memory of a training run after 100, 200, 500, 1,000 and 2,000 steps, on onnx and wasm, each in a process of its own:
//
//   node tools/bench/memory.mjs [--backends onnx,wasm] [--steps N] [--json FILE]
//
// A small net with new images each step, as a loader hands them over. What grows is what is not let go of: at most 5% of
// resident memory is wanted. What V8 holds is told beside it: its heap, and the arrays outside of it. Build first: npx nx run-many -t build.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'onnx,wasm' },
    steps: { type: 'string', default: '2000' },
    json: { type: 'string' },
    run: { type: 'string' },
  },
})
const steps = Number(values.steps)
const marks = [...[100, 200, 500, 1000].filter((step) => step < steps), steps]

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
  const memory = {}
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
    if (marks.includes(step)) {
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
      const megabytes = Object.entries({ rss, heapUsed, external, arrayBuffers })
      memory[step] = Object.fromEntries(megabytes.map(([name, bytes]) => [name, bytes / 1e6]))
    }
  }
  console.log(JSON.stringify(memory))
}

if (values.run !== undefined) {
  await train(values.run)
} else {
  const results = values.backends.split(',').map((backend) => {
    const args = [fileURLToPath(import.meta.url), '--run', backend, '--steps', String(steps)]
    const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${backend} failed: ${stderr}`)
    const memory = JSON.parse(stdout.trim().split('\n').at(-1))
    const growth = memory[steps].rss / memory[marks[0]].rss - 1
    console.log(
      `${backend}: resident ${(100 * growth).toFixed(1)}% from step ${marks[0]} to ${steps}; MB`,
    )
    for (const name of ['rss', 'heapUsed', 'external', 'arrayBuffers']) {
      const row = marks.map((step) => memory[step][name].toFixed(0).padStart(6))
      console.log(`  ${name.padEnd(14)}${row.join('')}`)
    }
    return { backend, memory, growth }
  })
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ steps, results }, null, 2)}\n`)
}
