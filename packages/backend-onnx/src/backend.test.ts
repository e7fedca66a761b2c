import * as tf from '@tensorflow/tfjs-core'
import { registerGradients, valueAndGrads } from '@retable/core'
import { uncopied } from './graph/model.js'
import proto from 'onnx-proto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { onnxFallbacks, type OnnxBackend } from './index.js'
import { noise, useOnnx } from './testing/onnx.test-suite.js'

describe('the onnx backend', () => {
  let onnx: OnnxBackend
  beforeEach(async () => {
    onnx = await useOnnx()
    registerGradients()
  })

  it('runs nothing until a tensor is read, and then all in one session', () => {
    const y = tf.tidy(() => tf.mul(tf.add(tf.tensor1d([1, 2]), 1), 10))
    expect(onnx.runtime.runs).toBe(0)
    expect(onnx.recorder.length).toBe(2)
    expect(Array.from(y.dataSync())).toEqual([20, 30])
    expect(onnx.runtime.runs).toBe(1)
    expect(onnx.recorder.length).toBe(0)
  })

  it('takes the numbers of an array as they are when the tensor is made', async () => {
    const values = Float32Array.of(1, 2, 3)
    const x = tf.tensor1d(values)
    const y = tf.add(x, 1)
    values.fill(9)
    expect(Array.from(await y.data())).toEqual([2, 3, 4])
    expect(Array.from(await x.data())).toEqual([1, 2, 3])
  })

  it('never writes again to an array that it has handed out', async () => {
    let x = noise('x', 4096)
    const first = await x.data()
    const copy = first.slice()
    for (let i = 0; i < 5; i++) {
      const next = tf.add(x, 1)
      x.dispose()
      x = next
      await x.data()
    }
    expect(first).toEqual(copy)
  })

  it('keeps one session for a loop whose numbers change', async () => {
    let x = noise('x', 8, 8)
    const counts: number[] = []
    for (let step = 0; step < 6; step++) {
      const next = tf.tidy(() => tf.sub(x, tf.mul(x, 0.1 / (step + 1))))
      x.dispose()
      x = next
      await x.data()
      counts.push(onnx.runtime.sessions.created)
    }
    expect(new Set(counts.slice(1)).size).toBe(1)
  })

  it('cuts a loop that is never read at the same place each time', () => {
    const step = (x: tf.Tensor2D): tf.Tensor2D =>
      tf.tidy(() => {
        let y = tf.matMul(x, x)
        for (let i = 0; i < 80; i++) y = tf.tanh(tf.add(y, i / 80))
        return tf.sub(x, tf.mul(y, 0.01))
      })
    let x = noise('x', 5, 5) as tf.Tensor2D
    const created: number[] = []
    for (let i = 0; i < 12; i++) {
      const next = step(x)
      x.dispose()
      x = next
      created.push(onnx.runtime.sessions.created)
    }
    expect(onnx.runtime.runs).toBeGreaterThan(8)
    expect(created.at(-1)).toBe(created[3])
    expect(onnx.recorder.length).toBeLessThan(2 * 163)
    expect(x.dataSync().every(Number.isFinite)).toBe(true)
  })

  it('computes nothing that was disposed of before it ran', () => {
    const open = vi.spyOn(onnx.runtime.sessions, 'open')
    const gone = tf.exp(tf.tensor1d([1, 2, 3]))
    const inner = tf.neg(tf.tensor1d([1]))
    const kept = tf.add(inner, 1)
    const unread = tf.sqrt(inner)
    gone.dispose()
    inner.dispose()
    expect(kept.dataSync()[0]).toBe(0)
    const { graph } = proto.onnx.ModelProto.decode(open.mock.calls[0]![0])
    const nodes = graph!.node!.filter((n) => !n.output!.includes(uncopied))
    expect(nodes.map((n) => n.opType)).toEqual(['Neg', 'Add', 'Sqrt'])
    // neg is needed inside and not held outside: it does not come out.
    expect(graph!.output!.filter((o) => o.name !== uncopied)).toHaveLength(2)
    expect(unread.dataSync()[0]).toBeNaN()
    expect(onnx.runtime.runs).toBe(1)
  })

  it('takes no memory for copies of what a run writes', () => {
    const x = tf.zeros([1 << 20])
    const run = (): void => {
      const y = tf.add(x, 1)
      const one = tf.slice(y, [0], [1])
      expect(one.dataSync()[0]).toBe(1)
      tf.dispose([y, one])
    }
    run()
    run()
    const before = process.memoryUsage().arrayBuffers
    run()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })

  it('falls back if there is no mapping, and says so', async () => {
    const y = tf.atan2(tf.tensor1d([1, 1]), tf.tensor1d([1, -1]))
    const z = tf.mul(y, 4 / Math.PI)
    expect(Array.from(await z.data()).map(Math.round)).toEqual([1, 3])
    expect(onnxFallbacks()).toEqual([{ kernel: 'Atan2', count: 1 }])
  })

  it('gives the event loop a turn with each asynchronous read', async () => {
    let turned = false
    setImmediate(() => (turned = true))
    await tf.add(tf.scalar(1), 1).data()
    expect(turned).toBe(true)
  })

  it('reads a tensor that is disposed of while it is being read', async () => {
    const y = tf.add(tf.tensor1d([1, 2]), 1)
    const read = y.data()
    y.dispose()
    expect(Array.from(await read)).toEqual([2, 3])
  })

  it('carries NaN through relu, its gradient and max, so that a loss tells of it', async () => {
    const x = tf.tensor1d([NaN, -1, 2])
    const { value, grads } = valueAndGrads((p) => tf.sum(tf.relu(p['x'])), { x })
    expect(Array.from(await value.data())).toEqual([NaN])
    expect(Array.from(await grads['x'].data())).toEqual([NaN, 0, 1])
    expect(Array.from(await tf.max(x).data())).toEqual([NaN])
  })
})
