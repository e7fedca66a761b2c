import { InvalidArgumentError, type Command } from 'commander'
import { formatDuration, unknownName } from '@retable/core/host'
import { makespan } from '../../plan/makespan.js'
import { missingUnits } from '../../plan/missing.js'
import { createSpeeds, noteStored } from '../../plan/speeds.js'
import { counted, formatBytes } from '../../report/text/format-number.js'
import type { Unit, UnitEstimate } from '../../unit/unit.js'
import { unitName } from '../display/unit-text.js'
import { madeHere } from '../run/environment.js'
import type { Store } from '../store/store.js'
import {
  addChoiceOptions,
  decimalNumber,
  parseNames,
  wholeNumber,
  type ChoiceOptions,
} from './choice.js'
import { openStoreToRead } from './existing-store.js'
import type { CommandContext } from './options.js'
import { checkResultsBehind, planTables, unitsIn } from './run-plans.js'

interface PlanOptions extends ChoiceOptions {
  readonly only?: readonly string[]
  readonly backend: string
  readonly rate?: number
  readonly jobs: number
  readonly json?: boolean
}

/** What is known of a unit that is to be made. */
interface PlannedUnit {
  readonly unit: Unit
  /** Undefined: no unit like it was made here, and no rate is given. */
  readonly seconds: number | undefined
  /** Undefined: its kind declares none. */
  readonly estimate: UnitEstimate | undefined
}

/** Adds `plan`. */
export const addPlanCommand = (program: Command, options: CommandContext): void => {
  const { name, reproductions, backends, stdout = process.stdout } = options
  const command = program
    .command('plan')
    .argument('[ids...]', 'the reproductions, as `list` names them (default: all)')
    .summary('what tables take: cost, time, memory and bytes of each unit')
    .description(
      'Says what the units without a result take, and runs nothing. Bytes are what the kinds of units declare. Time ' +
        'comes from --rate, or else from results that this machine has made with the backend.',
    )
  addChoiceOptions(command, reproductions)
    .option(
      '--only <cells>',
      `only these cells, by id, separated by commas; ${name} list ID shows the ids`,
      parseNames,
    )
    .option('--backend <name>', 'whose speed here counts', backends[0])
    .option('--rate <n>', 'cost per second of a worker, such as 5e12', rate)
    .option('--jobs <n>', 'workers that share the units', wholeNumber(1), 1)
    .option('--json', 'as JSON')
    .action((ids: readonly string[], chosen: PlanOptions) => {
      if (!backends.includes(chosen.backend)) throw unknownName('backend', chosen.backend, backends)
      const tables = planTables(ids.length > 0 ? ids : ['all'], chosen, options)
      const store = openStoreToRead(command, chosen.results)
      checkResultsBehind(unitsIn(tables), store)
      const { pending, found } = missingUnits(unitsIn(tables), store)
      const secondsOf = speedsFor(store, chosen)
      const planned = pending.map((unit): PlannedUnit => {
        return { unit, seconds: secondsOf(unit), estimate: unit.definition.estimate?.(unit) }
      })
      const sums = sumsOf(planned, chosen.jobs)
      stdout.write(
        chosen.json
          ? `${JSON.stringify({ units: planned.map(asPlain), sums }, null, 2)}\n`
          : `${unitsText(planned)}${sumsText(sums, found.length)}`,
      )
    })
}

const rate = (text: string): number => {
  const value = decimalNumber(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`expected a number above 0, such as 5e12, got "${text}".`)
}

/** Seconds of a unit: by the rate, or by what was made here with the backend. */
const speedsFor = (
  store: Store,
  { rate: given, backend }: PlanOptions,
): ((unit: Unit) => number | undefined) => {
  if (given !== undefined) return ({ cost }) => cost / given
  const speeds = createSpeeds()
  const here = madeHere(store.readable().map(({ result }) => result))
  // `auto` is the backend that made the last of them.
  noteStored(speeds, here, backend === 'auto' ? here.at(-1)?.backend?.name : backend)
  return (unit) => {
    const speed = speeds.of(unit)
    return speed && speed.start + speed.perCost * unit.cost
  }
}

interface Sums {
  readonly units: number
  readonly workers: number
  readonly cost: number
  /** Of one worker; null if the time of a unit is not known. */
  readonly seconds: number | null
  /** Until all workers are done; null if the time of a unit is not known. */
  readonly wallSeconds: number | null
  /** Of the largest unit. */
  readonly memoryBytes: number
  /** Of all artifacts, and of as many of the largest checkpoints as there are workers. */
  readonly diskBytes: number
  readonly artifactBytes: number
  readonly checkpointBytes: number
  /** Units of which no bytes are known. */
  readonly withoutBytes: number
}

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const sumsOf = (planned: readonly PlannedUnit[], workers: number): Sums => {
  const estimates = planned.flatMap(({ estimate }) => estimate ?? [])
  const checkpoints = estimates.map((one) => one.checkpointBytes).sort((a, b) => b - a)
  const artifactBytes = total(estimates.map((one) => one.artifactBytes))
  const checkpointBytes = total(checkpoints.slice(0, workers))
  const seconds = new Map(planned.map((one) => [one.unit, one.seconds]))
  const isTimed = planned.every((one) => one.seconds !== undefined)
  const units = planned.map(({ unit }) => unit)
  return {
    units: planned.length,
    workers,
    cost: total(planned.map(({ unit }) => unit.cost)),
    seconds: isTimed ? total(planned.map((one) => one.seconds!)) : null,
    wallSeconds: isTimed ? makespan(units, workers, (unit) => seconds.get(unit)!) : null,
    memoryBytes: Math.max(0, ...estimates.map((one) => one.memoryBytes)),
    diskBytes: artifactBytes + checkpointBytes,
    artifactBytes,
    checkpointBytes,
    withoutBytes: planned.length - estimates.length,
  }
}

const asPlain = ({ unit, seconds, estimate }: PlannedUnit) => ({
  label: unit.label,
  seed: unit.seed,
  kind: unit.definition.kind,
  cost: unit.cost,
  seconds: seconds ?? null,
  ...(estimate ?? { memoryBytes: null, checkpointBytes: null, artifactBytes: null }),
})

const unitsText = (planned: readonly PlannedUnit[]): string => {
  if (planned.length === 0) return ''
  const head = ['unit', 'kind', 'cost', 'time', 'memory', 'checkpoints', 'artifacts']
  const bytes = (value: number | undefined) => (value === undefined ? '?' : formatBytes(value))
  const rows = planned.map(({ unit, seconds, estimate }) => [
    unitName(unit),
    unit.definition.kind,
    unit.cost.toExponential(2),
    seconds === undefined ? '?' : formatDuration(seconds),
    bytes(estimate?.memoryBytes),
    bytes(estimate?.checkpointBytes),
    bytes(estimate?.artifactBytes),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  return `${[head, ...rows].map(line).join('\n')}\n\n`
}

const sumsText = (sums: Sums, found: number): string => {
  const { seconds, wallSeconds, workers } = sums
  const time =
    seconds === null || wallSeconds === null
      ? 'time not known: give --rate, or make a unit of each kind here first'
      : `${formatDuration(seconds)} of one worker; ${formatDuration(wallSeconds)} on ${counted(workers, 'worker')}`
  const unknown =
    sums.withoutBytes === 0
      ? ''
      : ` (without ${counted(sums.withoutBytes, 'unit')} of unknown size)`
  return [
    `${counted(sums.units, 'unit')} to make, ${found} made: cost ${sums.cost.toExponential(2)}`,
    `time: ${time}`,
    `memory: ${formatBytes(sums.memoryBytes)} for the largest unit`,
    `results folder: ${formatBytes(sums.artifactBytes)} of artifacts, and up to ${formatBytes(sums.checkpointBytes)} of checkpoints while ${counted(workers, 'worker')} run${unknown}`,
    '',
  ].join('\n')
}
