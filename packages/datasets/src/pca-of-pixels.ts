import { RetableError } from '@retable/core/host'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { accumulate } from './accumulate.js'
import type { AccumulateOptions, Accumulator } from './accumulate.js'
import type { Dataset } from './dataset.js'
import { covariance, momentsOf, totals } from './moments.js'

type Triple = readonly [number, number, number]

/** The principal components of a data set's RGB pixels, values from 0 to 1. */
export interface PixelPca {
  /** the mean pixel */
  readonly mean: Triple
  /** the 3×3 covariance matrix, divisor n, row by row */
  readonly covariance: readonly [Triple, Triple, Triple]
  /** the eigenvalues λ of the covariance matrix, largest first */
  readonly eigenvalues: Triple
  /** the unit eigenvectors p1, p2, p3, in the same order; each one's largest entry is positive */
  readonly eigenvectors: readonly [Triple, Triple, Triple]
}

const triple = (f: (i: number) => number): Triple => [f(0), f(1), f(2)]

/** Collects {@link PixelPca}; images may differ in size. The covariance's sums are exact. */
export const pcaAccumulator = (): Accumulator<PixelPca> => {
  const total = totals(3, true)
  return {
    add: (image) => total.add(momentsOf(image, 3, true, 'pcaOfPixels')),
    result: () => {
      const n = total.pixels()
      if (n === 0n) {
        throw new RetableError(
          'invalid-argument',
          'pcaOfPixels needs at least one image, found none',
        )
      }
      const { sums, products } = total
      // products: RR RG RB GG GB BB
      const at = (i: number, j: number) => products[i === 0 ? j : i + j + 1]!
      const entry = (i: number, j: number): number => {
        const [a, b] = i <= j ? [i, j] : [j, i]
        return covariance(n, at(a, b), sums[a]!, sums[b]!) / (255 * 255)
      }
      const row = (i: number) => triple((j) => entry(i, j))
      const matrix = [row(0), row(1), row(2)] as const
      const eigen = new EigenvalueDecomposition(new Matrix(matrix.map((r) => [...r])), {
        assumeSymmetric: true,
      })
      const order = [0, 1, 2].sort((a, b) => eigen.realEigenvalues[b]! - eigen.realEigenvalues[a]!)
      const vector = (k: number): Triple => {
        const v = eigen.eigenvectorMatrix.getColumn(order[k]!)
        const largest = v.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
        return triple((i) => (largest < 0 ? -v[i]! : v[i]!))
      }
      return {
        mean: triple((c) => Number(sums[c]!) / Number(n) / 255),
        covariance: matrix,
        // A covariance's eigenvalues are not negative; rounding may say otherwise of a zero.
        eigenvalues: triple((k) => Math.max(0, eigen.realEigenvalues[order[k]!]!)),
        eigenvectors: [vector(0), vector(1), vector(2)],
      }
    },
  }
}

/**
 * The principal components of a data set's RGB pixel values, for AlexNet's color augmentation (§4.1: "PCA on the set
 * of RGB pixel values throughout the training set"), of values from 0 to 1, in one pass.
 *
 * @throws RetableError `invalid-shape` for images that are not RGB, `invalid-argument` for images of floats.
 * @example
 * const { eigenvalues, eigenvectors } = await pcaOfPixels(train)
 */
export const pcaOfPixels = async (
  dataset: Dataset,
  options: AccumulateOptions = {},
): Promise<PixelPca> => {
  const [pca] = await accumulate<[PixelPca]>(dataset, [pcaAccumulator()], options)
  return pca
}
