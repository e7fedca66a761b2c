import { isRetableError } from '@retable/core/host'
import { missingUnits, settingsOf, unitKey, unitsOf } from '@retable/harness'
import type { Plan, Unit } from '@retable/harness'
import { createPageRunner, type PageRunner, type PageStore } from '@retable/harness/page'
import { sentenceOf, startWorker } from './backends.js'
import { dataSource } from './cifar-archive.js'
import { at, element, noNotice, notice, text } from './dom.js'
import { followUnit } from './unit-panel.js'

/** Versions of the packages that decide results; written in when the page is bundled. */
declare const retablePackages: Readonly<Record<string, string>>

/** What is to run: a plan, the part of it that was chosen, and the backend. */
export interface ToRun {
  readonly whole: Plan
  readonly making: Plan
  readonly backend: string
  /** The address that chooses the same again. */
  readonly link: string
}

/** Runs the units of a table one after another, until none is left or the reader pauses. */
export interface Runs {
  readonly running: () => boolean
  /** Whether units were begun and are not running. */
  readonly paused: () => boolean
  /** Runs what is missing; `force` resumes from a checkpoint of other software. */
  readonly make: (force?: boolean) => Promise<void>
  /** Lets the unit at work write a checkpoint and end. */
  readonly pause: () => void
  /** Lets the unit at work write a checkpoint and continue: the page may be left. */
  readonly save: () => void
  /** Looks whether units of this plan were begun earlier. */
  readonly findBegun: (plan: Plan) => Promise<void>
}

/** The runs of this page; `changed` is called when they begin and end, `made` after each unit. */
export const createRuns = (page: {
  readonly store: PageStore
  readonly toRun: () => ToRun | undefined
  readonly changed: () => Promise<void>
  readonly made: () => Promise<void>
}): Runs => {
  const { store } = page
  let running: AbortController | undefined
  let runner: PageRunner | undefined
  let paused = false

  /** Runs one unit, unless another tab has run it meanwhile. */
  const runOne = async (
    unit: Unit,
    { whole, making, backend, link }: ToRun,
    run: {
      readonly worker: PageRunner
      readonly signal: AbortSignal
      readonly force: boolean
      readonly done: number
      readonly all: number
    },
  ): Promise<void> => {
    const { worker, signal, force, done, all } = run
    const lock = `retable/${unitKey(unit)}`
    const locks = await navigator.locks.query()
    if (locks.held?.some((held) => held.name === lock)) {
      text('step', '')
      notice(`Another tab runs “${unit.label}”; this one waits for it.`)
    }
    // The holder of the lock runs the unit; afterwards it is looked up again.
    await navigator.locks.request(lock, { signal }, async () => {
      await store.reload()
      if (missingUnits(unitsOf(making), store).pending[0] !== unit) return
      noNotice()
      await worker.run({
        unit,
        backend: { name: backend },
        settings: settingsOf(whole),
        listener: followUnit(unit, done, all),
        ...{ signal, force, link },
      })
    })
  }

  const make = async (force = false): Promise<void> => {
    const toRun = page.toRun()
    if (!toRun || running) return
    const controller = new AbortController()
    const { signal } = controller
    running = controller
    paused = false
    noNotice()
    await page.changed()
    // The browser may say no: then results last until it needs the room.
    void navigator.storage.persist?.()
    const worker = createPageRunner({ store, startWorker, dataSource, packages: retablePackages })
    runner = worker
    const units = unitsOf(toRun.making)
    const all = missingUnits(units, store).pending.length
    try {
      for (let done = 0; !signal.aborted; done++) {
        const [unit] = missingUnits(units, store).pending
        if (!unit) break
        await runOne(unit, toRun, { worker, signal, force, done, all })
        await page.made()
      }
      if (!signal.aborted) notice('Done. The table below is made of the results in this browser.')
    } catch (error) {
      if (signal.aborted) {
        paused = true
        notice(
          'Paused; its checkpoint is in this browser. Resume it here at any time: it ends as if it had not been paused, bit for bit.',
        )
      } else if (isRetableError(error) && error.code === 'mismatch') offerToForce(error.message)
      else notice(sentenceOf(error), 'error')
    } finally {
      worker.end()
      running = undefined
      runner = undefined
      at('work').hidden = true
      await page.changed()
    }
  }

  /** What to do about a checkpoint of another browser version or backend. */
  const offerToForce = (words: string): void => {
    const resume = element('button', { type: 'button' }, 'Resume it anyway')
    resume.addEventListener('click', () => void make(true))
    const again = element('button', { type: 'button' }, 'Start it again')
    again.addEventListener('click', () => {
      const toRun = page.toRun()
      const unit = toRun && missingUnits(unitsOf(toRun.making), store).pending[0]
      if (unit) void store.forget(unitKey(unit)).then(() => make())
    })
    notice(`${words}.`, 'error', element('div', { className: 'row' }, resume, again))
  }

  return {
    running: () => running !== undefined,
    paused: () => paused,
    make,
    pause: () => {
      if (!running) return
      text('step', 'finishing the step and writing a checkpoint …')
      running.abort(new Error('pause'))
    },
    save: () => runner?.save(),
    findBegun: async (plan) => {
      paused = await store.isBegun(missingUnits(unitsOf(plan), store).pending)
    },
  }
}
