import '@tensorflow/tfjs-backend-cpu'
import { localResponseNorm } from '@retable/layers'
import * as tf from '@tensorflow/tfjs-core'

const alpha = document.querySelector('#alpha')
const out = document.querySelector('#out')
const maps = tf.tensor4d([1, 2, 8, 2, 1, 1, 4, 1], [1, 1, 1, 8])

const show = () => {
  const lrn = localResponseNorm({
    size: 5,
    alpha: Number(alpha.value),
    beta: 0.75,
    k: 2,
    convention: 'paper',
  })
  const normalized = tf.tidy(() => [...lrn.apply({}, maps, { training: false }).dataSync()])
  const bar = (value) => '█'.repeat(Math.round(8 * value))
  out.textContent = normalized
    .map((value, i) => `map ${i}  ${value.toFixed(3)} ${bar(value)}`)
    .join('\n')
}
alpha.addEventListener('input', show)
show()
