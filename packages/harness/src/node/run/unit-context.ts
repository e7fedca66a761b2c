import { createRandom } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import { makeFolder } from '@retable/core/node'
import type { BackendInfo, NeededResult, UnitContext } from '../../unit/context.js'
import type { UsedData } from '../../unit/result.js'
import { needKeys } from '../../unit/unit-key.js'
import { canonicalJson } from '../../unit/canonical-json.js'
import type { UnitLog } from '../log/unit-log.js'
import type { Attempt } from './attempts.js'
import { dataError } from '../../unit/data-error.js'
import type { Services } from './services.js'
import type { UnitTask } from './task.js'
import { artifactPathIn } from './unit-output.js'

/** What {@link createContext} is made from. */
export interface ContextParts extends UnitTask {
  readonly services: Services
  readonly attempt: Attempt
  readonly log: UnitLog
  readonly needs: Readonly<Record<string, NeededResult>>
  readonly backend: BackendInfo
  readonly software: JsonObject
  readonly workDir: string
  readonly artifactDir: string
}

/** What a unit's `run` is given, and the data that it has used. */
export const createContext = ({
  unit,
  settings,
  listener,
  signal,
  services,
  attempt,
  log,
  needs,
  backend,
  software,
  workDir,
  artifactDir,
}: ContextParts): {
  readonly context: UnitContext
  readonly used: readonly UsedData[]
  /** Seconds that data sets took to open. */
  readonly openingSeconds: () => number
} => {
  const { definition, config, seed } = unit
  const used: UsedData[] = []
  let opening = 0
  let noted = performance.now()
  const context: UnitContext = {
    config,
    seed,
    random: createRandom(seed ?? 0),
    needs,
    backend,
    threads: settings.threads,
    workDir,
    signal,
    checkpointMinutes: settings.checkpointMinutes,
    workers: settings.workers,
    identity: () => ({
      ...{ kind: definition.kind, version: definition.version, config, seed },
      needs: needKeys(unit),
      ...software,
      data: attempt.fingerprints(),
    }),
    force: settings.force,
    data: async <T>(request: UsedData['request']) => {
      const asked = performance.now()
      const data = await services.openData(request).catch((error: unknown) => {
        throw dataError(error, request)
      })
      opening += (performance.now() - asked) / 1000
      const name = canonicalJson(request)
      if (!Object.hasOwn(attempt.fingerprints(), name)) {
        const { fingerprint, note } = data
        attempt.noteData(name, fingerprint)
        used.push({ request, fingerprint, ...(note === undefined ? {} : { note }) })
      }
      return data as T
    },
    artifact: (fileName) => {
      const path = artifactPathIn(artifactDir, fileName)
      makeFolder(artifactDir)
      return path
    },
    progress: (progress) => {
      listener.progress(progress)
      log.progress(progress)
      if (performance.now() - noted > 10_000) {
        noted = performance.now()
        attempt.noteTime()
      }
    },
    point: log.point,
    log: (line) => {
      log.line(line)
      listener.log(line)
    },
  }
  return { context, used, openingSeconds: () => opening }
}
