import { RetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { StoredResult } from '../unit/result.js'
import type { Curve } from '../unit/context.js'

/** A unit behind a cell's numbers, with its result. */
export interface UnitBehind {
  /** Id of the cell. */
  readonly cell: string
  /** The seed of the cell's own unit. */
  readonly seed: number
  /** 0 for the cell's own unit, 1 for what it needs, and so on. */
  readonly distance: number
  /** The same for units that differ in nothing but the seed. */
  readonly net: string
  /** What people call the unit: `D, S=256`. */
  readonly label: string
  /** The unit's own seed. */
  readonly unitSeed: number | null
  /** What the drawings read of its result. */
  readonly result: Pick<StoredResult, 'curve' | 'extra' | 'carriedOver'>
}

/** The learning curves of one net, a seed each. */
export interface ReportCurves {
  /** What people call the net: `D, S=256`. */
  readonly label: string
  /** Cells whose numbers rest on it. */
  readonly cells: readonly string[]
  /** A curve per seed. */
  readonly seeds: readonly { readonly seed: number | null; readonly curve: Curve }[]
}

/** A confusion matrix, summed over seeds. */
export interface ReportConfusion {
  /** What people call the net. */
  readonly label: string
  /** Ids of the cells whose numbers rest on it. */
  readonly cells: readonly string[]
  /** The seeds that were summed. */
  readonly seeds: readonly (number | null)[]
  /** Names, if the results hold them. */
  readonly classes: readonly string[] | null
  /** Number of classes. */
  readonly size: number
  /** [size, size], row-major: how many examples of class i (row) were taken for class j (column). */
  readonly counts: readonly number[]
}

/** The kernels of a net's first layer, from its lowest seed. */
export interface ReportKernels {
  /** What people call the net. */
  readonly label: string
  /** Ids of the cells whose numbers rest on it. */
  readonly cells: readonly string[]
  /** The seed of the net that is drawn. */
  readonly seed: number | null
  /** Height, width, channels, filters. */
  readonly shape: readonly [number, number, number, number]
  /** Row-major over `shape`. */
  readonly values: readonly number[]
  /** Groups that the filters fall into, in order: 2 for AlexNet's two towers. */
  readonly towers: number
}

/** What a report shows besides its table: what the results behind it hold. */
export interface ReportFigures {
  /** Learning curves, one entry per net. */
  readonly curves: readonly ReportCurves[]
  /** Confusion matrices, one per net that has any. */
  readonly confusion: readonly ReportConfusion[]
  /** Kernels of first layers, one entry per net that has any. */
  readonly kernels: readonly ReportKernels[]
}

/**
 * Classes up to which a report keeps a confusion matrix: a thousand would be a million numbers.
 */
const mostConfusedClasses = 100

/**
 * Picks the learning curves, confusion matrices and kernels of a report. For each cell and seed they are those of
 * the nearest units that have them: an evaluation has no curve, the net that it needs has, and the net which that
 * one started from is shown with the cells that it stands behind itself.
 *
 * A unit's `extra` gives `confusion` ([k, k] counts, row-major, rows the right classes) with `classes` (k names) if
 * it likes, and `kernels`: `{ shape: [height, width, channels, filters], values, towers? }`, row-major.
 *
 * @throws RetableError `invalid-argument` naming the unit whose `extra` is not of that form.
 */
export const figuresOf = (behind: readonly UnitBehind[]): ReportFigures => ({
  curves: nearestNets(behind, hasCurve).map(({ label, cells, units }) => ({
    label,
    cells,
    seeds: units.map(({ unitSeed, result }) => ({
      seed: unitSeed,
      // Passed on unread: a table without figures does not use them, and of a thousand runs they are most of the bytes.
      get curve() {
        return result.curve
      },
    })),
  })),
  confusion: nearestNets(behind, ({ extra }) => 'confusion' in extra).flatMap(confusionOf),
  kernels: nearestNets(behind, ({ extra }) => 'kernels' in extra).map(kernelsOf),
})

/** Whether there is a curve. The store reads one when it is looked at, and puts empty ones there at once. */
const hasCurve = (result: UnitBehind['result']): boolean =>
  Object.getOwnPropertyDescriptor(result, 'curve')?.get !== undefined || result.curve.length > 0

interface Net {
  readonly label: string
  readonly cells: readonly string[]
  /** One a seed, ascending. */
  readonly units: readonly UnitBehind[]
}

const nearestNets = (
  behind: readonly UnitBehind[],
  has: (result: UnitBehind['result']) => boolean,
): readonly Net[] => {
  const having = behind.filter(({ result }) => has(result))
  const least = new Map<string, number>()
  const placeOf = ({ cell, seed }: UnitBehind) => `${seed} ${cell}`
  for (const unit of having) {
    const place = placeOf(unit)
    least.set(place, Math.min(least.get(place) ?? Infinity, unit.distance))
  }
  const nets = new Map<string, Map<number | null, UnitBehind>>()
  const cells = new Map<string, Set<string>>()
  for (const unit of having) {
    if (unit.distance !== least.get(placeOf(unit))) continue
    const { net, unitSeed, cell } = unit
    const bySeed = nets.get(net) ?? new Map<number | null, UnitBehind>()
    nets.set(net, bySeed.set(unitSeed, unit))
    cells.set(net, (cells.get(net) ?? new Set()).add(cell))
  }
  return [...nets].map(([net, bySeed]) => {
    const units = [...bySeed.values()].sort((a, b) => (a.unitSeed ?? 0) - (b.unitSeed ?? 0))
    return { label: units[0]!.label, cells: [...cells.get(net)!], units }
  })
}

const confusionOf = ({ label, cells, units }: Net): readonly ReportConfusion[] => {
  const matrices = units.map((unit) => numbersAt(unit, unit.result.extra, 'confusion'))
  const size = Math.sqrt(matrices[0]!.length)
  if (!Number.isInteger(size) || matrices.some((one) => one.length !== size * size)) {
    const lengths = matrices.map((one) => one.length).join(', ')
    throw bad(
      units[0]!,
      `confusion holds k × k counts, the same k for every seed, found ${lengths}`,
    )
  }
  if (size > mostConfusedClasses) return []
  const { classes } = units[0]!.result.extra
  const names = Array.isArray(classes) && classes.length === size ? classes.map(String) : null
  return [
    {
      label,
      cells,
      seeds: units.map(({ unitSeed }) => unitSeed),
      classes: names,
      size,
      counts: matrices[0]!.map((_, i) => matrices.reduce((sum, one) => sum + one[i]!, 0)),
    },
  ]
}

const kernelsOf = ({ label, cells, units }: Net): ReportKernels => {
  const unit = units[0]!
  const kernels = unit.result.extra['kernels'] as JsonObject
  const shape = numbersAt(unit, kernels, 'shape')
  const values = numbersAt(unit, kernels, 'values')
  const towers = kernels['towers'] ?? 1
  if (shape.length !== 4 || shape.reduce((a, b) => a * b, 1) !== values.length) {
    throw bad(
      unit,
      `kernels have a shape [height, width, channels, filters] and as many values, found shape ` +
        `[${shape.join(', ')}] and ${values.length} values`,
    )
  }
  if (typeof towers !== 'number' || !(towers >= 1) || shape[3]! % towers !== 0) {
    throw bad(unit, `${shape[3]} kernels do not divide into ${JSON.stringify(towers)} towers`)
  }
  const [height, width, channels, filters] = shape as [number, number, number, number]
  return {
    label,
    cells,
    seed: unit.unitSeed,
    shape: [height, width, channels, filters],
    values,
    towers,
  }
}

const numbersAt = (unit: UnitBehind, holder: JsonObject, name: string): readonly number[] => {
  const value = (Object(holder) as JsonObject)[name]
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) {
    return value
  }
  throw bad(unit, `${name} is a list of numbers`)
}

const bad = ({ label, unitSeed }: UnitBehind, what: string): RetableError =>
  new RetableError('invalid-argument', `extra of unit "${label}" (seed ${unitSeed}): ${what}`)
