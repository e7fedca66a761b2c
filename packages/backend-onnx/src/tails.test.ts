import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OnnxBackend } from './backend.js'
import { difference, noise, useOnnx } from './testing/onnx.test-suite.js'

describe('updates that run apart from their graph', () => {
  let onnx: OnnxBackend
  // More than one piece of 262,144, and a rest.
  const shape = [3, 100_003]

  beforeEach(async () => {
    onnx = await useOnnx()
  })

  const arrayOf = (t: tf.Tensor): unknown => onnx.tensors.graphValue(t.dataId).storage?.data

  it('take over the array of a parameter that is gone, and compute what they should', async () => {
    const w = noise('w', ...shape)
    const g = noise('g', ...shape)
    const before = (await w.data()).slice()
    const grad = (await g.data()).slice()
    // Reading hands an array out, after which it stays as it is.
    let p = tf.add(w, 0)
    await tf.sum(p).data()
    const array = arrayOf(p)
    const next = tf.tidy(() => tf.sub(p, tf.mul(g, tf.scalar(0.5))))
    p.dispose()
    p = next
    const after = await p.data()
    // Compared here: to print a difference of arrays of this size would take minutes.
    expect(arrayOf(p) === array).toBe(true)
    for (const i of [0, 5, 262_143, 262_144, 300_008]) {
      expect(after[i]).toBe(Math.fround(before[i]! - Math.fround(grad[i]! * 0.5)))
    }
  })

  it('leave alone what is held, has been read, or is read again', async () => {
    const w = noise('w', ...shape)
    const held = (await w.data()).slice()
    const doubled = tf.add(w, w)
    expect((await doubled.data())[7]).toBe(Math.fround(held[7]! * 2))
    expect(difference(await w.data(), held)).toBe(0)

    const x = tf.add(w, 0)
    await tf.sum(x).data()
    const [a, b] = [tf.mul(x, 2), tf.add(x, 1)]
    x.dispose()
    expect((await a.data())[300_008]).toBe(Math.fround(held[300_008]! * 2))
    expect((await b.data())[300_008]).toBe(Math.fround(held[300_008]! + 1))

    // p is needed by the second output after the first could have taken its place.
    const p = tf.add(w, 0)
    await tf.sum(p).data()
    const m = tf.mul(p, 3)
    const q = tf.sub(p, m)
    p.dispose()
    expect((await q.data())[9]).toBe(Math.fround(held[9]! - Math.fround(held[9]! * 3)))
    expect((await m.data())[9]).toBe(Math.fround(held[9]! * 3))
  })

  it('of arrays of all sizes share one session', async () => {
    const sizes = [70_000, 300_000, 123_457]
    const params = sizes.map((n) => noise('p', n))
    await tf.sum(params[0]!).data()
    const before = onnx.runtime.sessions.created
    const next = tf.tidy(() => params.map((p) => tf.sub(p, tf.mul(p, tf.scalar(0.25)))))
    params.forEach((p) => p.dispose())
    await next[0]!.data()
    expect(onnx.runtime.sessions.created).toBeLessThanOrEqual(before + 2)
    for (const p of next) expect(Number.isFinite((await p.data()).at(-1))).toBe(true)
  })
})
