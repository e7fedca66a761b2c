import type { CurvePoint, JsonObject } from '@retable/core/host'
import { hostname } from 'node:os'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileNameOf } from '@retable/core/host'
import { makeFolder, writeWholeFile } from '@retable/core/node'
import type { Progress } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import { errorText } from '../display/unit-text.js'
import { unitKey } from '../../unit/unit-key.js'
import { appendEvents, type TensorBoardEvent } from './event-file.js'

/** What a run's progress is written to besides JSON lines. */
export const logFormats = ['tensorboard'] as const

/** One of {@link logFormats}. */
export type LogFormat = (typeof logFormats)[number]

/** The log of one unit at work. */
export interface UnitLog {
  /** At most one line per second; the last step is always there. */
  readonly progress: (progress: Progress) => void
  readonly point: (point: CurvePoint) => void
  readonly line: (text: string) => void
  readonly done: (metrics: Readonly<Record<string, number>>) => void
  readonly failed: (error: unknown) => void
}

/** Where a unit's log is: in the results folder, under its kind, seed and key. */
export const logName = (unit: Unit): string =>
  `${fileNameOf(unit.definition.kind)}.${unit.seed === null ? 'unseeded' : `seed${unit.seed}`}.${unitKey(unit).slice(0, 16)}`

/** What {@link openUnitLog} takes. */
export interface UnitLogOptions {
  /** The results folder. */
  readonly dir: string
  /** The names of the formats to write. */
  readonly formats: readonly string[]
  /** Called once if the log cannot be written; the run continues without it. */
  readonly warn: (sentence: string) => void
  /** The clock; the system's unless given. */
  readonly now?: () => Date
}

/**
 * Appends to `logs/<kind>.seed<n>.<key>.jsonl`, a line of JSON an event (`start`, `progress`, `point`, `line`, `done`,
 * `failed`), each with its `time`; with `tensorboard` also to an event file per attempt in `tensorboard/<the same name>/`.
 *
 * A run that resumes from a checkpoint repeats the steps since then: of equal steps the last counts.
 */
export const openUnitLog = (
  unit: Unit,
  attempt: number,
  { dir, formats, warn, now = () => new Date() }: UnitLogOptions,
): UnitLog => {
  const name = logName(unit)
  const jsonLines = join(dir, 'logs', `${name}.jsonl`)
  const events = join(dir, 'tensorboard', name)
  let writing = true
  const guarded = (write: () => void): void => {
    if (!writing) return
    try {
      write()
    } catch (error) {
      writing = false
      warn(`the log cannot be written and ends here: ${errorText(error)}`)
    }
  }
  const append = (type: string, what: JsonObject): void =>
    guarded(() => {
      appendFileSync(jsonLines, `${JSON.stringify({ time: now().toISOString(), type, ...what })}\n`)
    })

  let eventFile: string | undefined
  const scalars = (prefix: string, step: number, values: Readonly<Record<string, unknown>>) => {
    if (!formats.includes('tensorboard')) return
    const value = Object.entries(values).flatMap(([tag, simpleValue]) =>
      typeof simpleValue === 'number' ? [{ tag: `${prefix}/${tag}`, simpleValue }] : [],
    )
    const wallTime = now().getTime() / 1000
    const at: TensorBoardEvent = { wallTime, step, summary: { value } }
    guarded(() => {
      if (eventFile !== undefined) return appendEvents(eventFile, [at])
      makeFolder(events)
      const seconds = Math.floor(wallTime)
      // TensorBoard reads a folder's files in the order of their names.
      const attemptName = String(attempt).padStart(4, '0')
      eventFile = join(events, `events.out.tfevents.${attemptName}.${seconds}.${hostname()}`)
      appendEvents(eventFile, [
        { wallTime, fileVersion: 'brain.Event:2' },
        { wallTime, step, sessionLog: { status: 1 } },
        at,
      ])
    })
  }

  guarded(() => {
    makeFolder(join(dir, 'logs'))
    const folders = ['logs', ...(formats.includes('tensorboard') ? ['tensorboard'] : [])]
    for (const folder of folders) {
      const ignored = join(makeFolder(join(dir, folder)), '.gitignore')
      if (!existsSync(ignored)) writeWholeFile(ignored, '*\n')
    }
  })
  const { label, config, seed } = unit
  append('start', { label, kind: unit.definition.kind, config, seed, attempt, pid: process.pid })

  let last = -Infinity
  return {
    progress: (progress) => {
      const at = performance.now()
      if (at - last < 1000 && progress.step < progress.steps) return
      last = at
      append('progress', { ...progress })
      const { step, steps: _, epoch: __, phase, ...values } = progress
      if (phase === undefined) scalars('progress', step, values)
    },
    point: (point) => {
      append('point', { ...point })
      const { step = 0, epoch: _, ...values } = point
      scalars('curve', step, values)
    },
    line: (text) => append('line', { text }),
    done: (metrics) => append('done', { metrics }),
    failed: (error) => append('failed', { error: errorText(error) }),
  }
}
