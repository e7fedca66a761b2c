export { openSafetensors, readSafetensors, writeSafetensors } from './safetensors-file.js'
export type { SafetensorsFile } from './safetensors-file.js'
export { readPyTorch, writePyTorch } from './pytorch-file.js'
