import { availableParallelism } from 'node:os'
import { importOptional } from './import-optional.js'

/** The npm package `webgpu`, as far as it is used here. */
interface DawnPackage {
  create(flags: readonly string[]): object
  readonly globals: object
}

/**
 * Puts Dawn's WebGPU where tfjs looks for it, `navigator.gpu`, from the npm package `webgpu`.
 *
 * @returns false if the package is not installed
 */
export const provideWebGpu = async (): Promise<boolean> => {
  const here = globalThis as { navigator?: { gpu?: object } }
  if (here.navigator?.gpu) return true
  const dawn = (await importOptional('webgpu')) as DawnPackage | undefined
  if (!dawn) return false
  // GPUBufferUsage and the like.
  Object.assign(globalThis, dawn.globals)
  // Node 21 and later have a navigator.
  if (!here.navigator) {
    Object.defineProperty(globalThis, 'navigator', {
      value: { hardwareConcurrency: availableParallelism() },
      configurable: true,
    })
  }
  Object.defineProperty(here.navigator, 'gpu', { value: dawn.create([]), configurable: true })
  return true
}
