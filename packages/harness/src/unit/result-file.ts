import { RetableError, sha256Hex } from '@retable/core/host'
import { canonicalJson, sha256OfJson } from './canonical-json.js'
import type { Curve } from './context.js'
import { objectOf, shapeFaultOf } from './shape.js'
import { curveShape, resultShape } from './unit-shapes.js'
import type { StoredResult } from './result.js'
import { keyOf } from './unit-key.js'

/** `<kind>.seed<n>.<key>.<content>.json` (`unseeded` without a seed), sixteen hex digits each of the hashes. */
const resultFileName = ({ kind, seed, key }: StoredResult, sha: string): string =>
  `${kind}.${seed === null ? 'unseeded' : `seed${seed}`}.${key.slice(0, 16)}.${sha.slice(0, 16)}.json`

/** What a result's file name says. */
export interface ResultName {
  /** Kind of the unit. */
  readonly kind: string
  /** Null for work that draws nothing. */
  readonly seed: number | null
  /** Sixteen digits of the key. */
  readonly key: string
  /** Sixteen digits of the content's hash. */
  readonly sha: string
}

/** Reads a result's file name; undefined for other files. */
export const parseResultFileName = (name: string): ResultName | undefined => {
  const match =
    /^([a-z0-9-]+)\.(?:seed(-?\d+)|unseeded)\.([0-9a-f]{16})\.([0-9a-f]{16})\.json$/.exec(name)
  if (!match) return undefined
  const seed = match[2] === undefined ? null : Number(match[2])
  return { kind: match[1]!, seed, key: match[3]!, sha: match[4]! }
}

/**
 * The text of a result file: the SHA-256 of the result's canonical JSON, and the result. One line per field and one line
 * per point of the curve; without its line ends the result's text is its canonical JSON, so that reading need not
 * write it again to check it.
 */
export const encodeResult = (result: StoredResult): { name: string; text: string } => {
  const sha = sha256OfJson(result)
  const fields = Object.entries(result)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const text =
        name === 'curve'
          ? `[\n${result.curve.map((point) => canonicalJson(point)).join(',\n')}\n]`
          : canonicalJson(value)
      return `${canonicalJson(name)}:${text}`
    })
  return {
    name: resultFileName(result, sha),
    text: `{"sha256":"${sha}","result":{\n${fields.join(',\n')}\n}}\n`,
  }
}

/**
 * Reads a result file's bytes and checks them: whole JSON, hash of the body, key of (kind, version, config, seed,
 * needs), the file's name, and the form of what it holds. The curve, most of a file, is parsed and checked when it is
 * first looked at.
 *
 * @throws RetableError `corrupt-data` naming the file and what is wrong with it; `mismatch` if a later version wrote it.
 */
export const decodeResult = (path: string, name: string, bytes: Uint8Array): StoredResult => {
  const corrupt: Corrupt = (what) => {
    throw new RetableError(
      'corrupt-data',
      `result file ${path} ${what}; delete it to have its unit run again`,
    )
  }
  const { result, sha } = readAsWritten(bytes, corrupt) ?? readReformatted(utf8(bytes), corrupt)
  const { format, formatVersion } = result as { format: unknown; formatVersion: unknown }
  if (format === 'retable-result' && Number(formatVersion) > 1) {
    throw new RetableError(
      'mismatch',
      `result file ${path} was written by a later version (format ${String(formatVersion)}, this one reads 1); update this one`,
    )
  }
  if (format !== 'retable-result' || formatVersion !== 1) {
    return corrupt(
      `has format "${String(format)}" ${String(formatVersion)}, expected "retable-result" 1`,
    )
  }
  refuseFault(shapeFaultOf(resultShape, result), corrupt)
  if (!readsCurveLater(result)) refuseFault(curveFault(result.curve), corrupt)
  if (keyOf(result) !== result.key) return corrupt('has a key that is not the hash of its config')
  const expected = resultFileName(result, sha)
  if (name !== expected) return corrupt(`holds the result that belongs in ${expected}`)
  return result
}

/** Throws an error that names the file and says what is wrong with it. */
type Corrupt = (what: string) => never

interface Checked {
  readonly result: StoredResult
  readonly sha: string
}

/** The quick way: the bytes are as {@link encodeResult} writes them, and hash to what they say. */
const readAsWritten = (bytes: Uint8Array, corrupt: Corrupt): Checked | undefined => {
  const flat = withoutLineEnds(bytes)
  const head = /^\{"sha256":"([0-9a-f]{64})","result":(?=\{)/.exec(utf8(flat.subarray(0, 100)))
  if (!head || flat.at(-1) !== closingBrace) return undefined
  const body = flat.subarray(head[0].length, -1)
  const sha = head[1]!
  if (sha256Hex(body) !== sha) return undefined
  const result = parseWithLazyCurve(bytes, body, corrupt)
  return result === undefined ? undefined : { result, sha }
}

const [lineFeed, carriageReturn, closingBrace] = ['\n', '\r', '}'].map((one) => one.charCodeAt(0))

/** Room for one file, used again and again. */
let scratch = new Uint8Array(0)

/**
 * A file's bytes less its line ends, in memory that holds until the next call. Inside texts JSON writes line ends in
 * other characters, so that these occur only between values.
 */
const withoutLineEnds = (bytes: Uint8Array): Uint8Array => {
  if (scratch.length < bytes.length) scratch = new Uint8Array(2 * bytes.length)
  const flat = scratch.subarray(0, bytes.length)
  flat.set(bytes)
  let length = 0
  for (let start = 0; start < flat.length;) {
    const found = flat.indexOf(lineFeed!, start)
    const end = found < 0 ? flat.length : found
    const last = end > start && flat[end - 1] === carriageReturn ? end - 1 : end
    flat.copyWithin(length, start, last)
    length += last - start
    start = end + 1
  }
  return flat.subarray(0, length)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const utf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Where `wanted` first occurs in `bytes` at or after `from`; -1 if nowhere. */
const find = (bytes: Uint8Array, wanted: Uint8Array, from = 0): number => {
  for (let at = bytes.indexOf(wanted[0]!, from); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}

const resultOpens = bytesOf('{\n')
const curveName = bytesOf('\n"curve":')
const curveOpens = bytesOf('\n"curve":[\n')
const curveCloses = bytesOf('\n],\n')

/**
 * Parses all but the curve, which is on lines of its own. Content is safe by its hash; if line ends are not as
 * written, the whole body is parsed.
 */
const parseWithLazyCurve = (
  bytes: Uint8Array,
  body: Uint8Array,
  corrupt: Corrupt,
): StoredResult | undefined => {
  const from = find(bytes, curveOpens)
  const to = from < 0 ? -1 : find(bytes, curveCloses, from)
  const whole = () => parse(utf8(body)) as StoredResult | undefined
  if (from < 0 || to < 0) return whole()
  const before = utf8(bytes.subarray(find(bytes, resultOpens), from + 1))
  const after = utf8(bytes.subarray(to + curveCloses.length, bytes.lastIndexOf(closingBrace!)))
  const rest = parse(before + after) as Partial<StoredResult> | undefined
  // A "curve" further down, in `extra` say, must not be taken for the result's own.
  if (rest === undefined || 'curve' in rest) return whole()
  const [start, end] = [from + curveName.length, to + 2]
  const curveText = (most = end - start): string =>
    utf8(bytes.subarray(start, Math.min(end, start + most)))
  if (curveText(6) === '[\n\n]') return { ...rest, curve: [] } as unknown as StoredResult
  let curve: StoredResult['curve'] | undefined
  return Object.defineProperty(rest, 'curve', {
    enumerable: true,
    get: () => (curve ??= checkedCurve(JSON.parse(curveText()), corrupt)),
  }) as StoredResult
}

const readsCurveLater = (result: StoredResult): boolean =>
  Object.getOwnPropertyDescriptor(result, 'curve')?.get !== undefined

const checkedCurve = (curve: unknown, corrupt: Corrupt): StoredResult['curve'] => {
  refuseFault(curveFault(curve), corrupt)
  return curve as StoredResult['curve']
}

const refuseFault = (fault: string | undefined, corrupt: Corrupt): void => {
  if (fault !== undefined) corrupt(`holds no result: ${fault}`)
}

/** The long way: any JSON of the same content, or a sentence on what is wrong with it. */
const readReformatted = (text: string, corrupt: Corrupt): Checked => {
  const parsed = parse(text)
  if (parsed === undefined) {
    return corrupt(
      text.length === 0 ? 'is empty' : `was cut short or is no JSON (${text.length} characters)`,
    )
  }
  const { sha256: sha, result } = Object(parsed) as { sha256?: unknown; result?: StoredResult }
  if (typeof sha !== 'string' || typeof result !== 'object' || result === null) {
    return corrupt('has no "sha256" and "result"')
  }
  const found = sha256OfJson(result)
  if (found !== sha) {
    return corrupt(
      'was changed after it was written: its content hashes to ' +
        `${found.slice(0, 16)}, it says ${sha.slice(0, 16)}`,
    )
  }
  return { result, sha }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const curveFault = (curve: unknown): string | undefined =>
  shapeFaultOf(objectOf<{ curve: Curve }>({ curve: curveShape }), { curve })
