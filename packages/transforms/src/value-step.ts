/**
 * A change of an image's float values, place by place. Arithmetic is float32's, one rounding per operation, as
 * PyTorch's.
 */
export interface ValueStep {
  /** Changes row `y` of the picture, `width` pixels of `channels` values in `out` from `at` on. */
  readonly applyRow: (
    out: Float32Array,
    at: number,
    y: number,
    width: number,
    channels: number,
  ) => void
  /** For a change that is the same everywhere: the new value of `x` in channel `c`. Lets bytes go through a table. */
  readonly ofValue?: (x: number, c: number) => number
  /** For a change that differs from place to place: the same change for a window of the picture. */
  readonly cropped?: (top: number, left: number, height: number, width: number) => ValueStep
  /** … and for its mirror image. */
  readonly mirrored?: () => ValueStep
}

const { fround } = Math

/** x ↦ (x − subtract[c]) / divide[c]; without `divide`, x − subtract[c]. */
export const channelStep = (subtract: Float32Array, divide?: Float32Array): ValueStep => ({
  ofValue: (x, c) => {
    const shifted = fround(x - subtract[c]!)
    return divide === undefined ? shifted : fround(shifted / divide[c]!)
  },
  applyRow: (out, at, _y, width, channels) => {
    for (let c = 0; c < channels; c++) {
      const shift = subtract[c]!
      const end = at + width * channels
      if (divide === undefined) {
        for (let i = at + c; i < end; i += channels) out[i] = out[i]! - shift
      } else {
        const by = divide[c]!
        for (let i = at + c; i < end; i += channels) out[i] = fround(out[i]! - shift) / by
      }
    }
  },
})

interface Place {
  readonly top: number
  readonly left: number
  /** 1, or −1 if the picture has been mirrored since */
  readonly step: 1 | -1
  readonly width: number
}

/** x ↦ x − mean at the same place; the mean image has `meanWidth` columns. */
export const meanImageStep = (
  mean: Float32Array,
  meanWidth: number,
  place: Place = { top: 0, left: 0, step: 1, width: meanWidth },
): ValueStep => ({
  applyRow: (out, at, y, width, channels) => {
    const row = (place.top + y) * meanWidth
    for (let x = 0; x < width; x++) {
      let from = (row + place.left + place.step * x) * channels
      for (let i = at + x * channels, end = i + channels; i < end; i++) {
        out[i] = out[i]! - mean[from++]!
      }
    }
  },
  cropped: (top, left, _height, width) =>
    meanImageStep(mean, meanWidth, {
      top: place.top + top,
      left: place.left + place.step * left,
      step: place.step,
      width,
    }),
  mirrored: () =>
    meanImageStep(mean, meanWidth, {
      ...place,
      left: place.left + place.step * (place.width - 1),
      step: place.step === 1 ? -1 : 1,
    }),
})
