import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { autoOrder, backendNames, listBackends, useBackend } from './index.js'
import type { BackendName } from './index.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const loading = (await listBackends()).filter(({ ok }) => ok).map(({ name }) => name)

describe.each(loading)('the driver contract: %s', (name) => {
  it('loads, registers and becomes the current backend, ready at once', async () => {
    const used = await useBackend(name)
    expect(used.name).toBe(name)
    expect(used.why).toMatch(/^asked for \(.+\)$/)
    expect(used.considered).toEqual([{ name, ok: true, reason: used.why.slice(11, -1) }])
    expect(tf.getBackend()).toBe(tf.findBackendFactory(name) ? name : 'tensorflow')
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 0, 1, 1], [2, 2])),
    )
    expect(Array.from(await product.data())).toEqual([3, 2, 7, 4])
    product.dispose()
  })

  it('is the same instance when asked for again, and its tensors live on', async () => {
    await useBackend(name)
    const before = tf.engine().backend
    const x = tf.tensor1d([1, 2, 3])
    await useBackend('cpu')
    await useBackend(name)
    expect(tf.engine().backend).toBe(before)
    expect(Array.from(await x.data())).toEqual([1, 2, 3])
    x.dispose()
  })

  it('comes back after tfjs has thrown it away', async () => {
    await useBackend(name)
    const before = tf.engine().backend
    tf.removeBackend(tf.getBackend())
    await useBackend(name)
    expect(tf.engine().backend).not.toBe(before)
    const x = tf.square(tf.scalar(3))
    expect((await x.data())[0]).toBe(9)
    x.dispose()
  })

  it('can be created again by tfjs itself, as after a reset of its engine', async () => {
    await useBackend(name)
    const tfName = tf.getBackend()
    const factory = tf.findBackendFactory(tfName)
    const one = await factory()
    expect(one).not.toBe(tf.engine().registry[tfName])
    one.dispose()
  })
})

describe('useBackend', () => {
  it('loads cpu and wasm after a plain install', () => {
    expect(loading).toEqual(expect.arrayContaining(['wasm', 'cpu']))
  })

  it('prints no banner', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await useBackend('cpu')
    tf.removeBackend('cpu')
    await useBackend('cpu')
    tf.scalar(1).dispose()
    await useBackend('wasm')
    tf.scalar(1).dispose()
    expect(warn).not.toHaveBeenCalled()
  })

  it('auto takes the first of its order that loads, and says why not the others', async () => {
    const { name, why, considered } = await useBackend('auto')
    const first = autoOrder.node.find((candidate) => loading.includes(candidate))
    expect(name).toBe(first)
    expect(tf.getBackend()).toBe(name)
    const tried = autoOrder.node.slice(0, autoOrder.node.indexOf(name) + 1)
    expect(considered.map((c) => c.name)).toEqual(tried)
    for (const c of considered.slice(0, -1)) {
      expect(c.ok).toBe(false)
      expect(why).toContain(`not ${c.name}: ${c.reason}`)
    }
    expect(considered.at(-1)).toMatchObject({ name, ok: true })
  })

  it('auto hands each backend its options', async () => {
    await useBackend('cpu')
    if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm')
    await expect(useBackend('auto', { wasm: { threads: 0 } })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    await expect(useBackend('auto', { wasn: {} } as never)).rejects.toMatchObject({
      code: 'unknown-name',
    })
  })

  it.each([
    ['wasn', 'unknown backend "wasn"; did you mean "wasm"?'],
    ['', 'unknown backend ""; known: auto, onnx, wasm, cpu, webgl, webgpu, node, node-gpu'],
    ['constructor', /^unknown backend "constructor"; known: /],
  ])('refuses the name %j', async (name, message) => {
    const before = tf.getBackend()
    await expect(useBackend(name as BackendName)).rejects.toMatchObject({
      code: 'unknown-name',
      message: expect.stringMatching(message) as string,
    })
    expect(tf.getBackend()).toBe(before)
  })

  it.each([
    ['cpu', { threads: 2 }, 'the "cpu" backend has no option "threads"; it takes none'],
    ['wasm', { thread: 2 }, 'the "wasm" backend has no option "thread"; did you mean threads?'],
    ['wasm', { threads: 0 }, 'threads must be a whole number from 1 to 64, and is 0'],
    ['wasm', { threads: 1.5 }, 'threads must be a whole number from 1 to 64, and is 1.5'],
    ['wasm', { threads: '2' }, 'threads must be a whole number from 1 to 64, and is 2'],
    ['wasm', { threads: Number.NaN }, 'threads must be a whole number from 1 to 64, and is NaN'],
  ] as const)('refuses the options of %s %o', async (name, options, message) => {
    await expect(useBackend(name as BackendName, options as never)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(message) as string,
    })
  })

  it.each([
    ['node', 'npm install @tensorflow/tfjs-node'],
    ['node-gpu', 'npm install @tensorflow/tfjs-node-gpu'],
    ['webgl', 'needs a browser with WebGL, and this is Node'],
    ['webgpu', 'needs a browser with WebGPU (navigator.gpu), and this is Node'],
  ] as const)('says what %s needs, and leaves the backend in use', async (name, reason) => {
    if (loading.includes(name)) return
    await useBackend('cpu')
    const failing = useBackend(name)
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' })
    await expect(failing).rejects.toThrow(reason)
    expect(tf.getBackend()).toBe('cpu')
  })

  it('changes the threads of wasm only while it holds no tensors', async () => {
    await useBackend('cpu')
    if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm')
    expect((await useBackend('wasm', { threads: 2 })).why).toBe('asked for (SIMD, 2 threads)')
    const x = tf.scalar(1)
    await expect(useBackend('wasm', { threads: 1 })).rejects.toMatchObject({
      code: 'invalid-argument',
      message:
        'the "wasm" backend runs already (SIMD, 2 threads) and holds 1 tensors; dispose of them before asking for it with {"threads":1}',
    })
    expect((await useBackend('wasm', { threads: 2 })).why).toBe('asked for (SIMD, 2 threads)')
    expect((await useBackend('wasm')).why).toBe('asked for (SIMD, 2 threads)')
    x.dispose()
    expect((await useBackend('wasm', { threads: 1 })).why).toBe('asked for (SIMD, 1 thread)')
  })
})

describe('listBackends', () => {
  it('names every backend once, with a reason, and changes nothing', async () => {
    await useBackend('cpu')
    const x = tf.scalar(5)
    const registered = () => Object.keys(tf.engine().registryFactory).sort()
    const before = registered()
    const list = await listBackends()
    expect(list.map(({ name }) => name)).toEqual([...backendNames])
    for (const { reason } of list) expect(reason).not.toBe('')
    expect(list.find(({ name }) => name === 'cpu')).toEqual({
      name: 'cpu',
      ok: true,
      reason: 'in use',
    })
    expect(tf.getBackend()).toBe('cpu')
    expect(registered()).toEqual(before)
    expect((await x.data())[0]).toBe(5)
    x.dispose()
  })
})
