export type { Context, Layer, LayerWindow, PlainLayerSpec, Shape } from './layer.js'
export { layerFromSpec } from './from-spec.js'
export type { LayerSpec } from './from-spec.js'
export { adaptiveAvgPool } from './adaptive-avg-pool.js'
export type { AdaptiveAvgPoolOptions } from './adaptive-avg-pool.js'
export { locallyConnected2d } from './locally-connected-2d.js'
export type { LocallyConnected2dOptions } from './locally-connected-2d.js'
export { conv2d } from './conv2d.js'
export type { Conv2dOptions } from './conv2d.js'
export { dense } from './dense.js'
export type { DenseOptions } from './dense.js'
export { maxPool } from './max-pool.js'
export { avgPool } from './avg-pool.js'
export type { AvgPoolOptions } from './avg-pool.js'
export type { PoolOptions } from './pool-layer.js'
export type { Padding, Size2D } from './window.js'
export { relu } from './relu.js'
export { tanh } from './tanh.js'
export { softmax } from './softmax.js'
export { flatten } from './flatten.js'
export { dropout } from './dropout.js'
export type { DropoutForm, DropoutOptions } from './dropout.js'
export { localResponseNorm } from './local-response-norm.js'
export type {
  LocalResponseNormConvention,
  LocalResponseNormOptions,
} from './local-response-norm.js'
export { withinMapNorm } from './within-map-norm.js'
export type { WithinMapNormOptions } from './within-map-norm.js'
export { sequential } from './sequential.js'
export type { Sequential } from './sequential.js'
export {
  constant,
  fansOf,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  initializerFromSpec,
  normal,
  pytorchUniform,
  zeros,
} from './initializers.js'
export type { Fans, Initializer, InitializerSpec } from './initializers.js'
export { registerGradients } from '@retable/core'
