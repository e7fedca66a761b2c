/** The values of an array as `tools/fixtures/transforms.py` packs it. */
export const unpack = ({ dtype, data }: { readonly dtype: string; readonly data: string }) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0))
  return dtype === 'float32' ? new Float32Array(bytes.buffer) : bytes
}
