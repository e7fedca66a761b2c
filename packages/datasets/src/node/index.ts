export { cifar10 } from './cifar.js'
export type { CifarOptions } from './cifar.js'
