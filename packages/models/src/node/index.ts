export {
  openSafetensors,
  readSafetensors,
  writeSafetensors,
  writeSafetensorsInto,
} from './safetensors-file.js'
export type { SafetensorsFile } from './safetensors-file.js'
export { readPyTorch, writePyTorch } from './pytorch-file.js'
export { readKeras } from './keras-file.js'
export type { KerasOptions } from './keras-file.js'
