// What of this package needs no tensors, and so loads no tfjs-core: for packages of plain arrays, and worker threads.
export { differences } from './differences.js'
export { RetableError, isRetableError } from './errors.js'
export type { RetableErrorCode } from './errors.js'
export { nearestNames, unknownName } from './nearest.js'
export { createRandom } from './random.js'
export type { PathPart, Random } from './random.js'
