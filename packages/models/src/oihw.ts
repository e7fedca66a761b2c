/** The sizes of a kernel in PyTorch's order: out, in, height, width. An FC layer's has height and width of 1. */
export type Oihw = readonly [number, number, number, number]

/** Values that are moved together: a block's rows and columns both stay in the processor's cache. */
const block = 32

/**
 * Copies between [out, in·h·w] and [h·w·in, out] in blocks: reading along one and writing along the other would
 * touch a new cache line for each value of a 400 MB kernel.
 */
const moveBlocks = (
  [out, inputs, height, width]: Oihw,
  move: (oihw: number, hwio: number) => void,
): void => {
  const columns = inputs * height * width
  const places = height * width
  // Where column c = (i, h, w) of OIHW goes among the rows (h, w, i) of HWIO.
  const rowOf = new Uint32Array(columns)
  for (let c = 0; c < columns; c++) rowOf[c] = (c % places) * inputs + Math.floor(c / places)
  for (let o0 = 0; o0 < out; o0 += block) {
    const o1 = Math.min(out, o0 + block)
    for (let c0 = 0; c0 < columns; c0 += block) {
      const c1 = Math.min(columns, c0 + block)
      for (let c = c0; c < c1; c++) {
        const row = rowOf[c]! * out
        for (let o = o0; o < o1; o++) move(o * columns + c, row + o)
      }
    }
  }
}

/** A kernel in tfjs's order, [height, width, in, out], of one in PyTorch's, [out, in, height, width]. */
export const oihwToHwio = (values: Float32Array, sizes: Oihw): Float32Array => {
  const result = new Float32Array(values.length)
  moveBlocks(sizes, (oihw, hwio) => {
    result[hwio] = values[oihw]!
  })
  return result
}

/** A kernel in PyTorch's order, [out, in, height, width], of one in tfjs's; `sizes` are in PyTorch's order. */
export const hwioToOihw = (values: Float32Array, sizes: Oihw): Float32Array => {
  const result = new Float32Array(values.length)
  moveBlocks(sizes, (oihw, hwio) => {
    result[oihw] = values[hwio]!
  })
  return result
}
