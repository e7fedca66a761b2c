/** The constants of local response normalization, b = a / (k + α Σ a²)^β over `size` neighboring maps. */
export interface NormConstants {
  /** The maps that are summed over, the map itself among them: n of the paper. */
  readonly size: number
  /** α of the paper. */
  readonly alpha: number
  /** β of the paper. */
  readonly beta: number
  /** k of the paper. */
  readonly k: number
  /** `pytorch` divides α by the size, `paper` does not */
  readonly convention: 'paper' | 'pytorch'
}

/** AlexNet's constants (§3.3), which VGG's A-LRN takes over: n = 5, α = 10⁻⁴, β = 0.75, k = 2. */
export const krizhevskyNorm: NormConstants = {
  size: 5,
  alpha: 1e-4,
  beta: 0.75,
  k: 2,
  convention: 'paper',
}
