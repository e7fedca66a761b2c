import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { RetableError, isRetableError } from '@retable/core/host'
import { makeFolder } from '@retable/core/node'
import { checkOutput } from '../../unit/check-output.js'
import type { UnitOutput } from '../../unit/context.js'
import type { StoredResult } from '../../unit/result.js'
import { storedResult } from '../../unit/stored-result.js'
import { unitKey } from '../../unit/unit-key.js'
import { openUnitLog } from '../log/unit-log.js'
import type { Store } from '../store/store.js'
import { openAttempt } from './attempts.js'
import { thisEnvironment } from './environment.js'
import { readNeeds } from './read-needs.js'
import type { Services } from './services.js'
import type { Perform, UnitTask } from './task.js'
import { createContext } from './unit-context.js'
import { keepArtifacts } from './unit-output.js'

/** What {@link runUnit} takes. */
export interface UnitRun extends UnitTask {
  /** What a process gives its units: backend, data sets, versions. */
  readonly services: Services
  /** The folder of results. */
  readonly store: Store
  /** Computes the unit (default: the `run` of its definition, in this process). */
  readonly perform?: Perform
}

/** Runs a unit in its work folder, for the holder of its lease, and returns the result, unwritten. */
export const makeResult = async (run: UnitRun, nonce: string): Promise<StoredResult> => {
  const { unit, settings, services, store, listener, signal } = run
  const { perform = (one, context) => one.definition.run(context) } = run
  const { label } = unit
  const key = unitKey(unit)
  listener.started()
  const workDir = store.takeWorkDir(key, nonce)
  if (settings.restart) {
    rmSync(workDir, { recursive: true, force: true })
    makeFolder(workDir)
  }
  const artifactDir = join(workDir, 'artifacts')
  rmSync(artifactDir, { recursive: true, force: true })

  const needs = await readNeeds(unit, store)
  const backend = await services.useBackend()
  const environment = thisEnvironment(services.packages)
  const software = {
    backend: backend.name,
    ...(backend.version === undefined ? {} : { backendVersion: backend.version }),
    node: environment.node,
    packages: services.packages,
  }
  const machine = {
    processor: environment.cpu,
    threads: settings.threads ?? availableParallelism(),
  }
  const { force } = settings
  const attempt = openAttempt({ workDir, label, software, machine, force })
  const log = openUnitLog(unit, attempt.number, {
    dir: store.dir,
    formats: settings.logs,
    warn: (line) => listener.log(line),
  })
  const parts = { ...run, attempt, log, needs, backend, software, workDir, artifactDir }
  const { context, used, openingSeconds } = createContext(parts)
  for (const remark of attempt.remarks) context.log(remark)

  let output: UnitOutput
  try {
    signal.throwIfAborted()
    output = await perform(unit, context)
    checkOutput(unit, output)
  } catch (error) {
    attempt.noteTime()
    log.failed(error)
    if (!signal.aborted) throw error
    if (isRetableError(error) && error.code !== 'interrupted') {
      listener.log(`stopped by the signal, but its last steps are not kept: ${error.message}`)
    }
    throw new RetableError('interrupted', `unit "${label}" was interrupted`, { cause: error })
  }
  log.done(output.metrics)
  const seconds = attempt.elapsed()
  const artifacts = await keepArtifacts(unit, output, artifactDir, store)
  return storedResult(unit, {
    ...{ output, artifacts, data: used, backend, environment },
    timing: {
      startedAt: attempt.startedAt,
      seconds,
      openingSeconds: openingSeconds(),
      attempts: attempt.number,
    },
    carriedOver: attempt.carriedOver,
    settings: settings.plan,
    command: settings.command,
  })
}
