import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pixelStatistics } from '@retable/datasets/node'
import { writeSafetensors } from '@retable/models/node'
import { checkpointFolder } from '@retable/training/node'
import type { UnitFiles } from '../unit-files.js'

/** Node: files are files. */
export const unitFiles: UnitFiles = {
  readBytes: (path) => readFile(path),
  writeTensors: writeSafetensors,
  checkpointsOf: ({ workDir, identity, warn }) =>
    checkpointFolder({ dir: join(workDir, 'checkpoints'), identity, warn }),
  photographStatistics: (dataset, transform) => pixelStatistics(dataset, { transform }),
}
