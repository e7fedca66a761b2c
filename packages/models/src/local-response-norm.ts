/** The constants of local response normalization, b = a / (k + α Σ a²)^β over `size` neighboring maps. */
export interface NormConstants {
  readonly size: number
  readonly alpha: number
  readonly beta: number
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
