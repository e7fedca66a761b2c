import { expect, test } from 'vitest'
import { createModel } from './model.js'

test('a summary by hand, and its table', () => {
  const init = {
    kernelInitializer: { kind: 'heNormal' },
    biasInitializer: { kind: 'zeros' },
  } as const
  const model = createModel({
    name: 'small',
    classes: 2,
    inputSize: [6, 8],
    layers: [
      {
        kind: 'conv2d',
        name: 'conv',
        filters: 4,
        kernelSize: 3,
        strides: 1,
        padding: 0,
        groups: 1,
        ...init,
      },
      { kind: 'maxPool', name: 'pool', size: 2, stride: 2, padding: 'valid' },
      {
        kind: 'conv2d',
        name: 'grouped',
        filters: 6,
        kernelSize: 1,
        strides: 1,
        padding: 0,
        groups: 2,
        ...init,
      },
      { kind: 'flatten', name: 'flatten' },
      { kind: 'dense', name: 'fc', units: 2, ...init },
    ],
  })
  const summary = model.summary()
  expect(summary.rows).toEqual([
    {
      layer: 'conv',
      kind: 'conv2d',
      outputShape: [4, 6, 4],
      parameters: 112,
      multiplyAdds: 24 * 4 * 27,
    },
    { layer: 'pool', kind: 'maxPool', outputShape: [2, 3, 4], parameters: 0, multiplyAdds: 0 },
    {
      layer: 'grouped',
      kind: 'conv2d',
      outputShape: [2, 3, 6],
      parameters: 2 * 6 + 6,
      multiplyAdds: 6 * 6 * 2,
    },
    { layer: 'flatten', kind: 'flatten', outputShape: [36], parameters: 0, multiplyAdds: 0 },
    { layer: 'fc', kind: 'dense', outputShape: [2], parameters: 74, multiplyAdds: 72 },
  ])
  expect(summary.totals).toEqual({
    parameters: 112 + 18 + 74,
    multiplyAdds: 2592 + 72 + 72,
    parameterBytes: 4 * 204,
    activationBytes: 4 * (144 + 96 + 24 + 36 + 36 + 2),
  })
  expect(String(summary)).toBe(`small
layer    kind     output  parameters  multiply-adds
───────  ───────  ──────  ──────────  ─────────────
input              6×8×3
conv     conv2d    4×6×4         112          2,592
pool     maxPool   2×3×4
grouped  conv2d    2×3×6          18             72
flatten  flatten      36
fc       dense         2          74             72
───────  ───────  ──────  ──────────  ─────────────
total                            204          2,736
parameters 0.0 MiB, activations 0.0 MiB per image (float32)`)
})
