export { onnxBackendName, onnxFallbacks, registerOnnxBackend } from './register.js'
export type { OnnxBackendOptions, OnnxProvider } from './options.js'
export { OnnxBackend } from './backend.js'
