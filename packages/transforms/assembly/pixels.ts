// AssemblyScript: the two passes over pixels that an epoch of photographs spends its time in, for bytes in three
// channels. They do in vectors of float64 what src/render.ts, rescale-across.ts and rescale-down.ts do one value after
// the other, in the same order, so that the results are the same to the bit. Compiled by scripts/compile-kernels.mjs.

/** Bytes of a table's channel: 256 float32. */
const CHANNEL: usize = 1024

/** `count` bytes from `source` on as float64; up to seven more are read and written. */
function widen(source: usize, count: i32, out: usize): void {
  const end = source + (count as usize)
  while (source < end) {
    const words = i16x8.extend_low_i8x16_u(v128.load64_zero(source))
    const low = i32x4.extend_low_i16x8_u(words)
    const high = i32x4.extend_high_i16x8_u(words)
    v128.store(out, f64x2.convert_low_i32x4_u(low))
    v128.store(out, f64x2.convert_low_i32x4_u(v128.shuffle<i32>(low, low, 2, 3, 2, 3)), 16)
    v128.store(out, f64x2.convert_low_i32x4_u(high), 32)
    v128.store(out, f64x2.convert_low_i32x4_u(v128.shuffle<i32>(high, high, 2, 3, 2, 3)), 48)
    source += 8
    out += 64
  }
}

/** The float64 nearest to what float32 makes of two values. */
function single(values: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(values))
}

/**
 * One row of float64 pixels rescaled across: places start, start + step, …, `width` of them. Sums are rounded to
 * float32, and are float64 again at once, which spares the rows of the result that.
 */
function across(
  row: usize,
  first: usize,
  weights: usize,
  taps: i32,
  start: i32,
  step: i32,
  width: i32,
  out: usize,
): void {
  const end = out + 24 * (width as usize)
  let place = start
  while (out < end) {
    let from = row + 24 * (load<i32>(first + 4 * (place as usize)) as usize)
    let weight = weights + 8 * ((place * taps) as usize)
    const last = weight + 8 * (taps as usize)
    let factor = v128.load64_splat(weight)
    let redGreen = f64x2.mul(factor, v128.load(from))
    let blue = f64x2.mul(factor, v128.load64_zero(from, 16))
    for (weight += 8; weight < last; weight += 8) {
      from += 24
      factor = v128.load64_splat(weight)
      redGreen = f64x2.add(redGreen, f64x2.mul(factor, v128.load(from)))
      blue = f64x2.add(blue, f64x2.mul(factor, v128.load64_zero(from, 16)))
    }
    v128.store(out, single(redGreen))
    v128.store64_lane(out, single(blue), 0, 16)
    place += step
    out += 24
  }
}

/** Two sums, rounded to bytes with halves to even, as the low two of four integers. */
function rounded(sums: v128): v128 {
  return i32x4.trunc_sat_f64x2_u_zero(f64x2.nearest(sums))
}

/** Value `index` of four pixels, a byte: through its channel's table to float32, or as it is where there is no table. */
function put(byte: i32, index: usize, table: usize, out: usize): void {
  if (table === 0) store<u8>(out + index, byte as u8)
  else {
    const entry = table + CHANNEL * (index % 3) + 4 * (byte as usize)
    store<f32>(out + 4 * index, load<f32>(entry))
  }
}

/**
 * One row of the result from rows rescaled across: `rows` holds the addresses of the `taps` rows, `weights` theirs.
 * Four pixels at a time; the last ones one value at a time.
 */
function down(rows: usize, weights: usize, taps: i32, length: i32, table: usize, out: usize): void {
  const size: usize = table === 0 ? 1 : 4
  const most = length - (length % 12)
  let i = 0
  for (; i < most; i += 12) {
    const at: usize = 8 * (i as usize)
    let from = (load<u32>(rows) as usize) + at
    let factor = v128.load64_splat(weights)
    let a = f64x2.mul(factor, v128.load(from))
    let b = f64x2.mul(factor, v128.load(from, 16))
    let c = f64x2.mul(factor, v128.load(from, 32))
    let d = f64x2.mul(factor, v128.load(from, 48))
    let e = f64x2.mul(factor, v128.load(from, 64))
    let f = f64x2.mul(factor, v128.load(from, 80))
    for (let k = 1; k < taps; k++) {
      from = (load<u32>(rows + 4 * (k as usize)) as usize) + at
      factor = v128.load64_splat(weights + 8 * (k as usize))
      a = f64x2.add(a, f64x2.mul(factor, v128.load(from)))
      b = f64x2.add(b, f64x2.mul(factor, v128.load(from, 16)))
      c = f64x2.add(c, f64x2.mul(factor, v128.load(from, 32)))
      d = f64x2.add(d, f64x2.mul(factor, v128.load(from, 48)))
      e = f64x2.add(e, f64x2.mul(factor, v128.load(from, 64)))
      f = f64x2.add(f, f64x2.mul(factor, v128.load(from, 80)))
    }
    a = rounded(a)
    b = rounded(b)
    c = rounded(c)
    d = rounded(d)
    e = rounded(e)
    f = rounded(f)
    const to = out + (i as usize) * size
    put(i32x4.extract_lane(a, 0), 0, table, to)
    put(i32x4.extract_lane(a, 1), 1, table, to)
    put(i32x4.extract_lane(b, 0), 2, table, to)
    put(i32x4.extract_lane(b, 1), 3, table, to)
    put(i32x4.extract_lane(c, 0), 4, table, to)
    put(i32x4.extract_lane(c, 1), 5, table, to)
    put(i32x4.extract_lane(d, 0), 6, table, to)
    put(i32x4.extract_lane(d, 1), 7, table, to)
    put(i32x4.extract_lane(e, 0), 8, table, to)
    put(i32x4.extract_lane(e, 1), 9, table, to)
    put(i32x4.extract_lane(f, 0), 10, table, to)
    put(i32x4.extract_lane(f, 1), 11, table, to)
  }
  for (; i < length; i++) {
    const at: usize = 8 * (i as usize)
    let sum: f64 = 0
    for (let k = 0; k < taps; k++) {
      const value = load<f64>((load<u32>(rows + 4 * (k as usize)) as usize) + at)
      sum += load<f64>(weights + 8 * (k as usize)) * value
    }
    put(nearest(sum) as i32, (i % 12) as usize, table, out + ((i - (i % 12)) as usize) * size)
  }
}

/**
 * A window of an image rescaled: rows rescaled across when first needed, as many kept as a row of the result is made of.
 * `source` is row `top` of the image. `scratch` has room for those rows, their addresses and one row of float64.
 */
export function rescale(
  source: usize,
  sourceWidth: i32,
  top: i32,
  columnFirst: usize,
  columnWeights: usize,
  columnTaps: i32,
  startColumn: i32,
  stepColumn: i32,
  width: i32,
  rowFirst: usize,
  rowWeights: usize,
  rowTaps: i32,
  startRow: i32,
  height: i32,
  table: usize,
  out: usize,
  scratch: usize,
): void {
  const length = 3 * width
  const size: usize = table === 0 ? 1 : 4
  const lastColumn = startColumn + stepColumn * (width - 1)
  const left = load<i32>(columnFirst + 4 * (min(startColumn, lastColumn) as usize))
  const right = load<i32>(columnFirst + 4 * (max(startColumn, lastColumn) as usize)) + columnTaps
  const addresses = scratch
  const kept = scratch + 16 * (((rowTaps + 3) >> 2) as usize)
  const row = (kept + ((rowTaps * length + 1) & ~1) * 8) as usize
  let done = top
  for (let y = 0; y < height; y++) {
    const place = startRow + y
    const first = load<i32>(rowFirst + 4 * (place as usize))
    if (done < first) done = first
    for (; done < first + rowTaps; done++) {
      widen(source + 3 * (((done - top) * sourceWidth + left) as usize), 3 * (right - left), row)
      const to = kept + 8 * (((done % rowTaps) * length) as usize)
      // Columns are counted from the image's edge, the row begins at the first that is needed.
      const edge = row - 24 * (left as usize)
      across(edge, columnFirst, columnWeights, columnTaps, startColumn, stepColumn, width, to)
    }
    for (let k = 0; k < rowTaps; k++) {
      const at = kept + 8 * ((((first + k) % rowTaps) * length) as usize)
      store<u32>(addresses + 4 * (k as usize), at as u32)
    }
    const weights = rowWeights + 8 * ((place * rowTaps) as usize)
    down(addresses, weights, rowTaps, length, table, out + ((y * length) as usize) * size)
  }
}

/** `height` rows of `width` pixels through the table; a row's next pixel is 3·step bytes on, its next row `rowBytes`. */
export function look(
  source: usize,
  rowBytes: i32,
  step: i32,
  width: i32,
  height: i32,
  table: usize,
  out: usize,
): void {
  const jump = 3 * step
  for (let y = 0; y < height; y++) {
    let from = source + ((y * rowBytes) as usize)
    for (const end = out + 12 * (width as usize); out < end; out += 12) {
      store<f32>(out, load<f32>(table + 4 * (load<u8>(from) as usize)))
      store<f32>(out, load<f32>(table + CHANNEL + 4 * (load<u8>(from, 1) as usize)), 4)
      store<f32>(out, load<f32>(table + 2 * CHANNEL + 4 * (load<u8>(from, 2) as usize)), 8)
      from += jump as usize
    }
  }
}
