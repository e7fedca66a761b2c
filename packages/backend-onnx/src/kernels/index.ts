import { binaryKernels } from './binary.js'
import { convGradientKernels } from './conv-gradients.js'
import { convKernels } from './conv.js'
import { blockKernels, gatherKernels } from './gather.js'
import { imageKernels } from './image.js'
import type { Kernel } from './kernel.js'
import { matmulKernels } from './matmul.js'
import { normalizationKernels } from './normalization.js'
import { poolKernels } from './pool.js'
import { reduceKernels } from './reduce.js'
import { shapeKernels } from './shape.js'
import { unaryKernels } from './unary.js'

/** The table: every tfjs kernel that is written as ONNX nodes. */
export const kernels: readonly Kernel[] = [
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...gatherKernels,
  ...blockKernels,
  ...matmulKernels,
  ...convKernels,
  ...convGradientKernels,
  ...poolKernels,
  ...normalizationKernels,
  ...imageKernels,
]
