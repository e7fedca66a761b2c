import '@tensorflow/tfjs-backend-cpu'
import { expect, test } from 'vitest'
import { cifarNet } from './cifar-net.js'

test("conv-local has cuda-convnet's maps and parameters, by hand", () => {
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

test('three-conv has three convolutions and maps of 16, 8 and 4', () => {
  const { rows } = cifarNet({ variant: 'three-conv' }).summary()
  const shapes = Object.fromEntries(rows.map((row) => [row.layer, row.outputShape]))
  expect(shapes['pool1']).toEqual([16, 16, 32])
  expect(shapes['pool2']).toEqual([8, 8, 32])
  expect(shapes['pool3']).toEqual([4, 4, 64])
  expect(rows.at(-1)!.parameters).toBe(4 * 4 * 64 * 10 + 10)
})

test('norm and activation are options, and the norms stand before the pools as in the definition file', () => {
  const names = (options: Parameters<typeof cifarNet>[0]) =>
    cifarNet(options).specs.map((spec) => spec.name)
  expect(names({}).filter((name) => name.startsWith('norm'))).toEqual([])
  expect(names({ localResponseNorm: true }).slice(0, 8)).toEqual([
    'conv1',
    'relu1',
    'norm1',
    'pool1',
    'conv2',
    'relu2',
    'norm2',
    'pool2',
  ])
  expect(names({ activation: 'tanh' })).toContain('tanh4')
  expect(() => cifarNet({ activation: 'gelu' as 'relu' })).toThrow('unknown activation "gelu"')
  expect(() => cifarNet({ variant: 'four-conv' as 'three-conv' })).toThrow('unknown CIFAR net')
})
