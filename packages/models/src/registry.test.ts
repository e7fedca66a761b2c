import { expect, test } from 'vitest'
import { model, modelNames } from './registry.js'

test('every name makes its net', () => {
  const made = modelNames.map((name) => model(name).name)
  expect(made).toEqual(
    modelNames.map((name) =>
      name === 'alexnet'
        ? 'alexnet-two-tower'
        : name === 'cifar-net'
          ? 'cifar-net-conv-local-13pct'
          : name,
    ),
  )
  expect(modelNames).toContain('vgg-D')
})

test('options reach the net, and an unknown name is refused with the nearest', () => {
  expect(model('vgg-D', { classes: 10, inputSize: 32 }).classes).toBe(10)
  expect(() => model('vgg-F')).toThrow('unknown model "vgg-F"; did you mean "vgg-')
  expect(() => model('constructor')).toThrow('unknown model "constructor"')
  expect(() => model('vgg-D', { biasInit: 1 })).toThrow('vgg has no option "biasInit"')
  expect(() => model('alexnet', { adaptivePool: 6 })).toThrow('alexnet has no option')
})
