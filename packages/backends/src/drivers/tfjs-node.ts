import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import { platform } from '#platform'
import type { Driver, TfjsNodeOptions } from '../driver.js'
import { packageFactory } from '../package-factory.js'

/** What tfjs-node's backend says of itself. */
type NodeBackend = KernelBackend & { readonly isUsingGpuDevice?: boolean }

/** libtensorflow on the CPU, if the user has installed `@tensorflow/tfjs-node`. */
export const nodeDriver: Driver<TfjsNodeOptions> = tfjsNodeDriver('node', '@tensorflow/tfjs-node')

/** libtensorflow on a CUDA GPU, if the user has installed `@tensorflow/tfjs-node-gpu`. */
export const nodeGpuDriver: Driver<TfjsNodeOptions> = tfjsNodeDriver(
  'node-gpu',
  '@tensorflow/tfjs-node-gpu',
)

function tfjsNodeDriver(name: 'node' | 'node-gpu', specifier: string): Driver<TfjsNodeOptions> {
  return {
    name,
    tfName: 'tensorflow',
    runtimes: ['node'],
    ...(name === 'node-gpu' && { auto: { node: 1 } }),
    needs: `${specifier} in Node`,
    options: ['threads'],
    load: async (options) => {
      let threads = 0
      const factory = await packageFactory('tensorflow', async () => {
        const loaded = await platform.importTfjsNode(specifier, options)
        if (!loaded) {
          throw new RetableError(
            'unavailable',
            `the "${name}" backend needs a package that is not installed: npm install ${specifier}`,
          )
        }
        threads = loaded.threads
      })
      const device = name === 'node' ? '' : ', CUDA'
      return {
        detail: `libtensorflow${device}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
        create: async () => {
          const backend = (await factory()) as NodeBackend
          if (name === 'node-gpu' && backend.isUsingGpuDevice === false) {
            throw new RetableError(
              'unavailable',
              `the "node-gpu" backend needs a CUDA GPU, and ${specifier} found none`,
            )
          }
          return backend
        },
      }
    },
  }
}
