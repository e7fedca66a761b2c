import { RetableError } from '@retable/core'
import { describe, expect, it } from 'vitest'
import { firstThatLoads } from './first-that-loads.js'

const missing = (name: string) => new RetableError('unavailable', `${name} is not installed`)

describe('firstThatLoads', () => {
  it('takes the first that loads and tries none after it', async () => {
    const tried: string[] = []
    const used = await firstThatLoads(['onnx', 'wasm', 'cpu'], async (name) => {
      tried.push(name)
      return `${name} there`
    })
    expect(tried).toEqual(['onnx'])
    expect(used).toEqual({
      name: 'onnx',
      why: 'the fastest that loads here (onnx there)',
      considered: [{ name: 'onnx', ok: true, reason: 'onnx there' }],
    })
  })

  it('continues if one fails, and says so', async () => {
    const used = await firstThatLoads(['node-gpu', 'onnx', 'wasm'], async (name) => {
      if (name === 'wasm') return 'SIMD'
      throw missing(name)
    })
    expect(used.name).toBe('wasm')
    expect(used.why).toBe(
      'the fastest that loads here (SIMD); not node-gpu: node-gpu is not installed; not onnx: onnx is not installed',
    )
    expect(used.considered.map(({ name, ok }) => [name, ok])).toEqual([
      ['node-gpu', false],
      ['onnx', false],
      ['wasm', true],
    ])
  })

  it('gives every reason where none loads', async () => {
    const failing = firstThatLoads(['onnx', 'cpu'], async (name) => {
      throw missing(name)
    })
    await expect(failing).rejects.toMatchObject({
      code: 'unavailable',
      message: 'no backend loads here: onnx: onnx is not installed; cpu: cpu is not installed',
    })
  })

  it('does not hide an error of another kind', async () => {
    const failing = firstThatLoads(['onnx', 'cpu'], async () => {
      throw new RetableError('invalid-argument', 'holds tensors')
    })
    await expect(failing).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
