export type { Context, Layer, Shape } from './layer.js'
