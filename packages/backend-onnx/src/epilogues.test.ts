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

  it('do not touch what is held, has been read, or is read again', async () => {
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

describe('updates of many small parameters', () => {
  let onnx: OnnxBackend
  beforeEach(async () => {
    onnx = await useOnnx()
  })

  const sizes = [[3, 3, 8, 16], [16], [40_000], [5], [300, 100]] // prettier-ignore
  /** w − rate·g; g is w moved by one place, which no epilogue computes. */
  const step = (params: tf.Tensor[], rate: number): tf.Tensor[] =>
    tf.tidy(() => {
      const r = tf.scalar(rate)
      return params.map((w) => {
        const flat = tf.reshape(w, [-1])
        const moved = tf.concat([tf.slice(flat, [1]), tf.slice(flat, [0], [1])])
        return tf.sub(w, tf.mul(tf.reshape(moved, w.shape), r))
      })
    })
  const expected = (values: Float32Array, rate: number): Float32Array =>
    values.map((w, i) =>
      Math.fround(w - Math.fround(values[(i + 1) % values.length]! * Math.fround(rate))),
    )

  it('are one run over one array, in place, step after step', async () => {
    let params = sizes.map((shape, i) => noise(`w${i}`, ...shape))
    const blocks: unknown[] = []
    for (let n = 0; n < 5; n++) {
      const rate = 0.001 / (n + 1)
      const before = params.map((w) => w.dataSync().slice())
      const next = step(params, rate)
      tf.dispose(params)
      params = next
      for (const [i, w] of params.entries()) {
        expect(difference(await w.data(), expected(before[i] as Float32Array, rate))).toBe(0)
      }
      const storages = params.map((w) => onnx.tensors.graphValue(w.dataId).storage!)
      expect(new Set(storages.map((s) => s.block)).size).toBe(1)
      blocks.push(storages[0]!.block)
    }
    // Two arrays in turn: an update writes over the parameters or over what moved them.
    expect(blocks[0]).not.toBeNull()
    expect(new Set(blocks).size).toBeLessThanOrEqual(2)
  })

  it('do not touch what is held or has been handed out', async () => {
    const first = sizes.map((shape, i) => noise(`w${i}`, ...shape))
    const second = step(first, 0.01)
    const given = await second[0]!.data()
    const copy = given.slice()
    const held = second[2]!
    const heldBefore = (await held.data()).slice()
    const third = step(second, 0.02)
    tf.dispose(second.filter((w) => w !== held))
    await third[4]!.data()
    const fourth = step(third, 0.03)
    tf.dispose(third)
    await fourth[1]!.data()
    expect(given).toEqual(copy)
    expect(difference(await held.data(), heldBefore)).toBe(0)
  })

  it('give their memory back when all of them are gone', async () => {
    const params = sizes.map((shape, i) => noise(`w${i}`, ...shape))
    const next = step(params, 0.01)
    await next[0]!.data()
    const bytes = 4 * sizes.map((s) => s.reduce((a, b) => a * b)).reduce((a, b) => a + b)
    const pool = onnx.memory().bytesInPool
    tf.dispose(next.slice(1))
    expect(onnx.memory().bytesInPool).toBe(pool)
    next[0]!.dispose()
    expect(onnx.memory().bytesInPool).toBe(pool + bytes)
  })
})
