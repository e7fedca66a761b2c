/** A convolution of Table 1: a number is a 3×3 layer of that width; others name their kernel; `'LRN'` follows its layer. */
export type Table1Entry = number | { readonly kernelSize: 1 | 5; readonly width: number } | 'LRN'

/** Table 1's columns, and B's shallow counterpart of §2.3. */
export type VggVariant = 'A' | 'A-LRN' | 'B' | 'C' | 'D' | 'E' | 'B-5x5'

/**
 * VGG's Table 1: each configuration's convolutions, one inner list for each pooling stage; every list ends in
 * a 2×2 max-pool of stride 2, and FC-4096, FC-4096, FC-1000 follow the last. B-5x5 is the net of §2.3 in which
 * each pair of B's 3×3 layers is one 5×5 layer.
 */
export const vggTable1: Readonly<Record<VggVariant, readonly (readonly Table1Entry[])[]>> = {
  A: [[64], [128], [256, 256], [512, 512], [512, 512]],
  'A-LRN': [[64, 'LRN'], [128], [256, 256], [512, 512], [512, 512]],
  B: [
    [64, 64],
    [128, 128],
    [256, 256],
    [512, 512],
    [512, 512],
  ],
  C: [
    [64, 64],
    [128, 128],
    [256, 256, { kernelSize: 1, width: 256 }],
    [512, 512, { kernelSize: 1, width: 512 }],
    [512, 512, { kernelSize: 1, width: 512 }],
  ],
  D: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
  E: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
  'B-5x5': [
    [{ kernelSize: 5, width: 64 }],
    [{ kernelSize: 5, width: 128 }],
    [{ kernelSize: 5, width: 256 }],
    [{ kernelSize: 5, width: 512 }],
    [{ kernelSize: 5, width: 512 }],
  ],
}

/** The stages of Table 1 that end in a max-pool: all, in every column. */
export const vggPools: readonly number[] = [1, 2, 3, 4, 5]

/** Units of the two hidden FC layers, in every column of Table 1. */
export const vggHiddenUnits = 4096
