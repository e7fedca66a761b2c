/** The packages whose code decides results; their versions go into every result. */
export const deciding: readonly string[] = [
  '@tensorflow/tfjs-core',
  '@retable/core',
  '@retable/layers',
  '@retable/models',
  '@retable/optimizers',
  '@retable/transforms',
  '@retable/datasets',
  '@retable/training',
  '@retable/backends',
  '@retable/backend-onnx',
  '@retable/reproductions',
]
