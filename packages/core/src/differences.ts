/**
 * Where two values of plain JSON differ, one entry a place: `config.learning.rate 0.1, now 0.01`.
 *
 * @example
 * differences({ backend: 'wasm' }, { backend: 'onnx' }) // ['backend "wasm", now "onnx"']
 */
export const differences = (before: unknown, now: unknown, path = ''): readonly string[] => {
  if (isObject(before) && isObject(now)) {
    const names = new Set([...Object.keys(before), ...Object.keys(now)])
    return [...names].flatMap((name) =>
      differences(before[name], now[name], path === '' ? name : `${path}.${name}`),
    )
  }
  const [was, is] = [shown(before), shown(now)]
  return was === is ? [] : [`${path} ${was}, now ${is}`.trimStart()]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const shown = (value: unknown): string => {
  if (value === undefined) return 'absent'
  // Of a hash, twelve digits are enough to tell.
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value.slice(0, 12)
  return JSON.stringify(value)
}
