import { RetableError } from '@retable/core/host'

/**
 * What another implementation gets for the cells of a table: one file per implementation, table and tier, made by a
 * committed script and taken into a folder of results by `import`.
 */
export interface ReferenceResults {
  readonly format: 'retable-reference'
  readonly formatVersion: 1
  /** As the table's row is headed: `PyTorch`. */
  readonly implementation: string
  readonly reproduction: string
  readonly tier: string
  /** Settings of the tier that were changed, as `run` takes them: `{ steps: 500 }`. */
  readonly overrides: Readonly<Record<string, number>>
  /** Whether a seed here is the same draw as ours (data order, augmentation, start): then seeds are compared in pairs. */
  readonly paired: boolean
  /** How the numbers were made. */
  readonly provenance: {
    /** The command, as it can be repeated. */
    readonly command: string
    /** Versions of what computed, by name. */
    readonly packages: Readonly<Record<string, string>>
    readonly machine: string
    /** ISO date. */
    readonly made: string
    readonly note?: string
  }
  /** Numbers by cell id, metric id and seed: `{ "A-256": { "top1": { "1": 36.4 } } }`. */
  readonly cells: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
  >
  /**
   * Keys of the units whose work the numbers repeat, by cell id and seed. With them, numbers of a recipe that the table no
   * longer has are left out; without, all are taken for the table's own recipe.
   */
  readonly units?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Whether a parsed JSON file says that it holds reference results. */
const isReference = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (value as { format?: unknown }).format === 'retable-reference'

/**
 * Reads reference results and checks their form.
 *
 * @throws RetableError `corrupt-data` naming the file and the first field that is not as expected.
 */
export const decodeReference = (text: string, file: string): ReferenceResults => {
  const fail = (what: string): never => {
    throw new RetableError('corrupt-data', `${file}: ${what}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return fail('it is not JSON')
  }
  if (!isReference(value)) return fail('expected "format": "retable-reference"')
  const found = value as ReferenceResults
  if (found.formatVersion !== 1) {
    return fail(`expected "formatVersion": 1, got ${JSON.stringify(found.formatVersion)}`)
  }
  const texts = {
    implementation: found.implementation,
    reproduction: found.reproduction,
    tier: found.tier,
    'provenance.command': found.provenance?.command,
    'provenance.machine': found.provenance?.machine,
    'provenance.made': found.provenance?.made,
  }
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || text === '') fail(`${name}: expected text, got ${show(text)}`)
  }
  if (typeof found.paired !== 'boolean')
    fail(`paired: expected true or false, got ${show(found.paired)}`)
  checkRecord(found.overrides, 'overrides', isFinite, 'a number', fail)
  checkRecord(found.provenance.packages, 'provenance.packages', isText, 'text', fail)
  checkRecord(found.cells, 'cells', isObject, 'an object', fail)
  for (const [cell, metrics] of Object.entries(found.cells)) {
    checkRecord(metrics, `cells.${cell}`, isObject, 'an object', fail)
    for (const [metric, seeds] of Object.entries(metrics)) {
      checkRecord(seeds, `cells.${cell}.${metric}`, isFinite, 'a number', fail)
      for (const seed of Object.keys(seeds)) {
        if (!/^-?\d+$/.test(seed)) fail(`cells.${cell}.${metric}: expected seeds, got "${seed}"`)
      }
    }
  }
  checkRecord(found.units ?? {}, 'units', isObject, 'an object', fail)
  for (const [cell, seeds] of Object.entries(found.units ?? {})) {
    checkRecord(seeds, `units.${cell}`, isText, 'the key of a unit', fail)
  }
  return found
}

const isFinite = (value: unknown): boolean => Number.isFinite(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40)

const checkRecord = (
  record: unknown,
  place: string,
  holds: (value: unknown) => boolean,
  expected: string,
  fail: (what: string) => never,
): void => {
  if (!isObject(record)) fail(`${place}: expected an object, got ${show(record)}`)
  for (const [name, value] of Object.entries(record as object)) {
    if (!holds(value)) fail(`${place}.${name}: expected ${expected}, got ${show(value)}`)
  }
}
