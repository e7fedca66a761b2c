import { RetableError } from '@retable/core'
import { platform } from '#platform'
import type { Driver, OnnxOptions } from '../driver.js'
import { packageFactory } from '../package-factory.js'

interface OnnxPackage {
  registerOnnxBackend(options: OnnxOptions): Promise<unknown>
}

/** `@retable/backend-onnx`: ONNX Runtime's native kernels, in Node. */
export const onnxDriver: Driver<OnnxOptions> = {
  name: 'onnx',
  tfName: 'onnx',
  runtimes: ['node'],
  auto: { node: 2 },
  needs: '@retable/backend-onnx in Node',
  options: ['provider', 'threads'],
  load: async (options) => {
    const onnx = (await platform.importOptional('@retable/backend-onnx')) as OnnxPackage | undefined
    if (typeof onnx?.registerOnnxBackend !== 'function') {
      throw new RetableError(
        'unavailable',
        'the "onnx" backend needs a package that is not installed: npm install @retable/backend-onnx',
      )
    }
    const create = await packageFactory('onnx', () => onnx.registerOnnxBackend(options))
    const { provider = 'cpu', threads } = options
    return {
      detail: `ONNX Runtime, ${provider}${threads === undefined ? '' : `, ${threads} threads`}`,
      create,
    }
  },
}
