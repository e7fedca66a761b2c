/** How far a run is. */
export interface ProgressEvent {
  /** Training, or the validation that follows. */
  readonly phase: 'training' | 'validating' | 'evaluating'
  /** Updates made, or images evaluated. */
  readonly step: number
  /** Out of how many, if that is known. */
  readonly steps?: number
  /** Epochs completed, in training. */
  readonly epoch?: number
  /** The loss of the last batch whose loss is known. */
  readonly loss?: number
  /** The rate of the last update. */
  readonly learningRate?: number
  /** Over the last seconds. */
  readonly imagesPerSecond?: number
  /** Seconds left, at the pace so far. */
  readonly etaSeconds?: number
}

/** Takes progress as it is made, up to once a step: has to be quick. */
export type OnProgress = (event: ProgressEvent) => void
