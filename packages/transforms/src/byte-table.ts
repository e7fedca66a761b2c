import type { ValueStep } from './value-step.js'

interface Known {
  readonly scale: number
  readonly channels: number
  readonly steps: readonly ValueStep[]
  readonly table: Float32Array
}

const none: ValueStep = { applyRow: () => undefined }
const known = new WeakMap<ValueStep, Known>()

/**
 * What each byte becomes in each channel: entry 256·c + byte. `scale` is what 255 becomes before `steps`, all of which
 * are the same everywhere. Steps that live on (normalize's, not one drawn for an image) keep their table.
 */
export const byteTable = (
  scale: number,
  channels: number,
  steps: readonly ValueStep[],
): Float32Array => {
  const key = steps[0] ?? none
  const last = known.get(key)
  if (
    last !== undefined &&
    last.scale === scale &&
    last.channels === channels &&
    last.steps.length === steps.length &&
    last.steps.every((step, i) => step === steps[i])
  ) {
    return last.table
  }
  const table = new Float32Array(256 * channels)
  for (let c = 0; c < channels; c++) {
    for (let byte = 0; byte < 256; byte++) {
      let x = Math.fround((byte * scale) / 255)
      for (const step of steps) x = step.ofValue!(x, c)
      table[256 * c + byte] = x
    }
  }
  known.set(key, { scale, channels, steps, table })
  return table
}
