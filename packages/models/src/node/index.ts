export { openSafetensors, readSafetensors, writeSafetensors } from './safetensors-file.js'
export type { SafetensorsFile } from './safetensors-file.js'
