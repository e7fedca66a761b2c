import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { cifarNet } from './cifar-net.js'

test("conv-local-13pct has cuda-convnet's maps and parameters, by hand", () => {
  const { rows } = cifarNet().summary()
  const shapes = Object.fromEntries(rows.map((row) => [row.layer, row.outputShape]))
  expect(shapes['conv1']).toEqual([32, 32, 64])
  expect(shapes['pool1']).toEqual([16, 16, 64])
  expect(shapes['pool2']).toEqual([8, 8, 64])
  expect(shapes['local3']).toEqual([8, 8, 32])
  expect(shapes['local4']).toEqual([8, 8, 32])
  const parameters = Object.fromEntries(rows.map((row) => [row.layer, row.parameters]))
  expect(parameters['conv1']).toBe(5 * 5 * 3 * 64 + 64)
  expect(parameters['conv2']).toBe(5 * 5 * 64 * 64 + 64)
  expect(parameters['local3']).toBe(64 * (9 * 64 * 32 + 32))
  expect(parameters['local4']).toBe(64 * (9 * 32 * 32 + 32))
  expect(parameters['fc10']).toBe(8 * 8 * 32 * 10 + 10)
  const adds = Object.fromEntries(rows.map((row) => [row.layer, row.multiplyAdds]))
  expect(adds['local3']).toBe(64 * 9 * 64 * 32)
  expect(adds['conv2']).toBe(16 * 16 * 64 * 25 * 64)
})

test('18pct has three convolutions and maps of 16, 8 and 4', () => {
  const { rows } = cifarNet({ variant: '18pct' }).summary()
  const shapes = Object.fromEntries(rows.map((row) => [row.layer, row.outputShape]))
  expect(shapes['pool1']).toEqual([16, 16, 32])
  expect(shapes['pool2']).toEqual([8, 8, 32])
  expect(shapes['pool3']).toEqual([4, 4, 64])
  expect(rows.at(-1)!.parameters).toBe(4 * 4 * 64 * 10 + 10)
})

test('the 11% net has norms across 9 maps after its first pool and before its second, and 64 maps in local3', () => {
  const model = cifarNet({ variant: 'conv-local-11pct', inputSize: 24 })
  const { specs } = model
  expect(specs.map(({ name }) => name).slice(0, 8)).toEqual([
    ...['conv1', 'relu1', 'pool1', 'norm1', 'conv2', 'relu2', 'norm2', 'pool2'],
  ])
  const constants = { size: 9, alpha: 0.001, beta: 0.75, k: 1, convention: 'pytorch' }
  expect(specs.filter(({ kind }) => kind === 'localResponseNorm')).toEqual(
    ['norm1', 'norm2'].map((name) => ({ kind: 'localResponseNorm', name, ...constants })),
  )
  const widths = Object.fromEntries(
    model.summary().rows.map((row) => [row.layer, row.outputShape[2]]),
  )
  expect([widths['local3'], widths['local4']]).toEqual([64, 32])
})

test('18pct’s norms are within a map, after its first two pools', () => {
  const { specs } = cifarNet({ variant: '18pct' })
  const norms = specs.filter(({ kind }) => kind === 'withinMapNorm')
  const constants = { size: 3, alpha: 5e-5, beta: 0.75, k: 1 }
  expect(norms).toEqual(
    ['norm1', 'norm2'].map((name) => ({ kind: 'withinMapNorm', name, ...constants })),
  )
  const names = specs.map(({ name }) => name)
  expect(names.indexOf('norm2')).toBe(names.indexOf('pool2') + 1)
})

test('caffe-quick has the parameters of cifar10_quick, and no activation between its FC layers', () => {
  const model = cifarNet({ variant: 'caffe-quick' })
  // 2,432 + 25,632 + 51,264 + 65,600 + 650
  expect(model.parameterCount).toBe(145_578)
  expect(model.specs.map(({ name }) => name).slice(-3)).toEqual(['flatten', 'fc64', 'fc10'])
  const stds = model.specs.flatMap((spec) =>
    'kernelInitializer' in spec && spec.kernelInitializer?.kind === 'normal'
      ? [spec.kernelInitializer.std]
      : [],
  )
  expect(stds).toEqual([0.0001, 0.01, 0.01, 0.1, 0.1])
})

test('norms and activation are options', () => {
  const names = (options: Parameters<typeof cifarNet>[0]) =>
    cifarNet(options).specs.map((spec) => spec.name)
  expect(names({}).filter((name) => name.startsWith('norm'))).toEqual([])
  const without = names({ variant: 'conv-local-11pct', localResponseNorm: false })
  expect(without).toEqual(
    names({ variant: 'conv-local-11pct' }).filter((name) => !name.startsWith('norm')),
  )
  expect(names({ activation: 'tanh' })).toContain('tanh4')
  expect(() => cifarNet({ activation: 'gelu' as 'relu' })).toThrow('unknown activation "gelu"')
  expect(() => cifarNet({ variant: 'four-conv' as '18pct' })).toThrow('unknown CIFAR net')
})
