import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { RetableError, createRandom } from '@retable/core'
import type { StoredArtifact, StoredResult, UsedData } from '../../result.js'
import type { BackendInfo, UnitContext, UnitOutput } from '../../unit/context.js'
import { assertPlainJson } from '../../unit/plain-json.js'
import type { Unit } from '../../unit/unit.js'
import { sha256OfJson } from '../hash.js'
import { makeFolder } from '@retable/core/node'
import type { Store } from '../store/store.js'
import { needKeys, unitKey } from '../unit-key.js'
import { thisEnvironment } from './environment.js'
import { readNeeds } from './read-needs.js'
import type { ResumeChoice, UnitListener } from './run-unit.js'
import type { Services } from './services.js'
import {
  differences,
  readSittings,
  refuseToResume,
  writeSittings,
  type Sittings,
} from './sittings.js'

/** Runs a unit in its work folder, whose lock the caller holds, and returns the result, unwritten. */
export const workUnit = async (
  unit: Unit,
  services: Services,
  store: Store,
  listener: UnitListener,
  signal: AbortSignal,
  choice: ResumeChoice,
): Promise<StoredResult> => {
  const { definition, config, seed, label, cost } = unit
  const key = unitKey(unit)
  listener.started()
  const workDir = store.workDir(key)
  if (choice.restart) rmSync(workDir, { recursive: true, force: true })
  makeFolder(workDir)
  const made = join(workDir, 'artifacts')
  rmSync(made, { recursive: true, force: true })

  const needs = await readNeeds(unit, store)
  const backend: BackendInfo = await services.useBackend()
  const before = readSittings(workDir)
  if (before && !choice.force) {
    const changed = differences(before, { backend: backend.name, packages: services.packages })
    if (changed.length > 0 && hasCheckpoint(workDir)) throw refuseToResume(label, changed)
  }
  const began = performance.now()
  const elapsed = () => (before?.seconds ?? 0) + (performance.now() - began) / 1000
  const fingerprints: Record<string, string> = { ...before?.data }
  const note = (): Sittings => ({
    startedAt: before?.startedAt ?? startedAt,
    seconds: elapsed(),
    sittings: (before?.sittings ?? 0) + 1,
    backend: backend.name,
    packages: services.packages,
    data: fingerprints,
  })
  const startedAt = new Date().toISOString()
  writeSittings(workDir, note())
  let noted = performance.now()
  const used: UsedData[] = []

  const context: UnitContext = {
    config,
    seed,
    random: createRandom(seed ?? 0),
    needs,
    backend,
    threads: services.threads,
    workDir,
    signal,
    data: async <T>(request: UsedData['request']) => {
      const data = await services.openData(request)
      const name = sha256OfJson(request)
      const was = fingerprints[name]
      if (
        was !== undefined &&
        was !== data.fingerprint &&
        !choice.force &&
        hasCheckpoint(workDir)
      ) {
        throw refuseToResume(label, [
          `data ${JSON.stringify(request)} ${was.slice(0, 12)}, now ${data.fingerprint.slice(0, 12)}`,
        ])
      }
      fingerprints[name] = data.fingerprint
      writeSittings(workDir, note())
      if (!used.some((one) => sha256OfJson(one.request) === name)) {
        const { fingerprint } = data
        used.push({ request, fingerprint, ...(data.note === undefined ? {} : { note: data.note }) })
      }
      return data as T
    },
    artifact: (fileName) => {
      if (fileName !== basename(fileName) || fileName.startsWith('.')) {
        throw new RetableError(
          'invalid-argument',
          `an artifact is a plain file name, found "${fileName}"`,
        )
      }
      mkdirSync(made, { recursive: true })
      return join(made, fileName)
    },
    progress: (progress) => {
      listener.progress(progress)
      if (performance.now() - noted > 10_000) {
        noted = performance.now()
        writeSittings(workDir, note())
      }
    },
    log: (line) => listener.log(line),
  }

  let output: UnitOutput
  try {
    signal.throwIfAborted()
    output = await definition.run(context)
  } catch (error) {
    writeSittings(workDir, note())
    throw signal.aborted ? interrupted(label, error) : error
  }
  checkOutput(unit, output)
  const seconds = elapsed()
  const artifacts = await keepArtifacts(unit, output, made, store)
  const result: StoredResult = {
    format: 'retable-result',
    formatVersion: 1,
    key,
    kind: definition.kind,
    version: definition.version,
    config,
    seed,
    needs: needKeys(unit),
    label,
    cost,
    metrics: output.metrics,
    curve: output.curve ?? [],
    extra: output.extra ?? {},
    artifacts,
    data: used,
    backend,
    environment: thisEnvironment(services.packages),
    timing: {
      startedAt: before?.startedAt ?? startedAt,
      finishedAt: new Date().toISOString(),
      seconds: Math.round(seconds * 1000) / 1000,
      sittings: (before?.sittings ?? 0) + 1,
    },
    command: services.command,
  }
  return result
}

/** Whether an earlier process left anything to go on from. */
const hasCheckpoint = (workDir: string): boolean =>
  readdirSync(workDir).some((name) => name !== 'sittings.json' && name !== 'artifacts')

const interrupted = (label: string, cause: unknown): RetableError =>
  new RetableError('interrupted', `unit "${label}" was interrupted`, { cause })

const checkOutput = ({ label, definition }: Unit, output: UnitOutput): void => {
  const where = `unit "${label}"`
  // Plain JavaScript may return anything.
  const found: unknown = output
  if (typeof found !== 'object' || found === null || !('metrics' in found)) {
    throw new RetableError('invalid-argument', `${where} (${definition.kind}) returned no metrics`)
  }
  assertPlainJson(output.metrics, `metrics of ${where}`, 'diverged')
  assertPlainJson(output.curve, `curve of ${where}`, 'diverged')
  assertPlainJson(output.extra, `extra of ${where}`)
  for (const [name, value] of Object.entries(output.metrics)) {
    if (typeof value !== 'number') {
      throw new RetableError(
        'invalid-argument',
        `metric "${name}" of ${where} is a ${typeof value}, expected a number`,
      )
    }
  }
}

const keepArtifacts = async (
  unit: Unit,
  output: UnitOutput,
  made: string,
  store: Store,
): Promise<Readonly<Record<string, StoredArtifact>>> => {
  const kept: Record<string, StoredArtifact> = {}
  for (const [name, path] of Object.entries(output.artifacts ?? {})) {
    if (join(made, basename(path)) !== path) {
      throw new RetableError(
        'invalid-argument',
        `artifact "${name}" of unit "${unit.label}" is ${path}, which context.artifact() did not give`,
      )
    }
    kept[name] = await store.keepArtifact(path)
  }
  return kept
}
