/** What the first bytes of a file say of the picture in it. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'gif' | 'webp' | 'bmp' | 'tiff' | 'unknown'
  /** of a JPEG: 1 (gray), 3 (color) or 4 (CMYK, YCCK) components; 0 if unknown */
  readonly components: number
  /**
   * of a JPEG of three components: whether decoders differ on their colors, RGB or luma and chroma, since an Adobe mark
   * says something else than luma and chroma or the components are named R, G, B
   */
  readonly oddColors: boolean
  /** in pixels; 0 if unknown */
  readonly width: number
  readonly height: number
}

const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0))

const magics: readonly (readonly [ImageHeader['format'], number, string])[] = [
  ['png', 0, '\x89PNG'],
  ['gif', 0, 'GIF8'],
  ['webp', 8, 'WEBP'],
  ['bmp', 0, 'BM'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
]

/** A JPEG's frame header (SOF0 … SOF15, without DHT, JPG and DAC) tells its size and components. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

const noFrame = { format: 'jpeg', components: 0, oddColors: false, width: 0, height: 0 } as const

const jpegHeader = (bytes: Uint8Array): ImageHeader => {
  const at16 = (i: number) => (bytes[i]! << 8) | bytes[i + 1]!
  let frame: ImageHeader | undefined
  let adobe = false
  let at = 2
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) break
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    if (isFrame(marker)) {
      // Each component has an id, its sampling and its table: three bytes from the tenth on.
      const named = [...'RGB'].every((id, c) => bytes[at + 10 + 3 * c] === id.charCodeAt(0))
      frame ??= {
        format: 'jpeg',
        components: bytes[at + 9]!,
        oddColors: named,
        height: at16(at + 5),
        width: at16(at + 7),
      }
    }
    // APP14 of Adobe: the name, version and flags, then 0 for RGB or CMYK, 1 for luma and chroma.
    if (marker === 0xee && startsWith(bytes, at + 4, 'Adobe')) adobe ||= bytes[at + 15] !== 1
    // The scan begins, or the picture ends.
    if (marker === 0xda || marker === 0xd9) break
    const bare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)
    at += bare ? 2 : 2 + at16(at + 2)
  }
  if (frame === undefined) return noFrame
  return { ...frame, oddColors: frame.components === 3 && (frame.oddColors || adobe) }
}

/** Looks at a file's first bytes, not its name: what format it is, and for a JPEG its size and components. */
export const imageHeader = (bytes: Uint8Array): ImageHeader => {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegHeader(bytes)
  const found = magics.find(([, at, text]) => startsWith(bytes, at, text))
  return { ...noFrame, format: found?.[0] ?? 'unknown' }
}
