import { RetableError } from '@retable/core/host'

/** Float32 values as base64 of their little-endian bytes. */
export const base64OfFloats = (values: Float32Array): string => {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => view.setFloat32(4 * i, value, true))
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x2000))
  }
  return btoa(text)
}

/** The inverse of {@link base64OfFloats}; throws RetableError `invalid-argument` for anything else. */
export const floatsOfBase64 = (transform: string, text: string): Float32Array => {
  let binary: string
  try {
    binary = atob(text)
  } catch (cause) {
    throw new RetableError(
      'invalid-argument',
      `${transform} takes base64, found other characters`,
      {
        cause,
      },
    )
  }
  if (binary.length % 4 !== 0) {
    throw new RetableError(
      'invalid-argument',
      `${transform} takes base64 of float32 values, found ${binary.length} bytes, no multiple of 4`,
    )
  }
  const view = new DataView(new ArrayBuffer(binary.length))
  for (let i = 0; i < binary.length; i++) view.setUint8(i, binary.charCodeAt(i))
  return Float32Array.from({ length: binary.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}
