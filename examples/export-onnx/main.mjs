import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { registerOnnxBackend, toOnnx } from '@retable/backend-onnx'
import { createRandom } from '@retable/core'
import { alexnet } from '@retable/models'
import * as tf from '@tensorflow/tfjs-core'

await registerOnnxBackend()
await tf.setBackend('onnx')

const random = createRandom(1)
const model = alexnet({ classes: 10, inputSize: 67, widthScale: 0.125 })
const params = model.init(random)
const pixels = random.stream('images').fillNormal(new Float32Array(2 * 67 * 67 * 3))
const images = tf.tensor4d(pixels, [2, 67, 67, 3])

const apply = ({ images }) => ({ logits: model.apply(params, images, { training: false }) })
writeFileSync('alexnet.onnx', toOnnx(apply, { images }))
writeFileSync('images.json', JSON.stringify([...pixels]))
const ours = await apply({ images }).logits.data()
console.log('Node:  ', [...ours.slice(0, 4)].map((x) => x.toFixed(5)).join(' '))

const python = `
import json, numpy, onnxruntime
images = numpy.array(json.load(open("images.json")), dtype=numpy.float32).reshape(2, 67, 67, 3)
session = onnxruntime.InferenceSession("alexnet.onnx")
logits, = session.run(["logits"], {"images": images})
print("Python:", " ".join(f"{x:.5f}" for x in logits.ravel()[:4]))
`
try {
  process.stdout.write(execFileSync('python3', ['-c', python], { encoding: 'utf8', stdio: 'pipe' }))
} catch (error) {
  if (!String(error.stderr).includes('No module named')) throw error
  console.log('Python: pip install onnxruntime numpy, and run this again')
}
process.exit()
