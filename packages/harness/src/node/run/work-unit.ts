import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { RetableError, createRandom, differences, isRetableError } from '@retable/core/host'
import { makeFolder } from '@retable/core/node'
import type { JsonObject } from '../../unit/json.js'
import type { StoredArtifact, StoredResult, UsedData } from '../../unit/result.js'
import type { BackendInfo, UnitContext, UnitOutput } from '../../unit/context.js'
import { assertPlainJson } from '../../unit/plain-json.js'
import type { Unit } from '../../unit/unit.js'
import { canonicalJson } from '../../unit/canonical-json.js'
import { openUnitLog } from '../log/unit-log.js'
import type { Store } from '../store/store.js'
import { needKeys, unitKey } from '../../unit/unit-key.js'
import { dataError } from './data-error.js'
import { thisEnvironment } from './environment.js'
import { readNeeds } from './read-needs.js'
import type { ResumeChoice, UnitListener } from './run-unit.js'
import type { Services } from './services.js'
import { readSittings, refuseToResume, writeSittings, type Sittings } from './sittings.js'

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
  const artifactDir = join(workDir, 'artifacts')
  rmSync(artifactDir, { recursive: true, force: true })

  const needs = await readNeeds(unit, store)
  const backend: BackendInfo = await services.useBackend()
  const environment = thisEnvironment(services.packages)
  const before = readSittings(workDir)
  const resumes = before !== undefined && hasCheckpoint(workDir)
  const carriedOver: string[] = [...(before?.carriedOver ?? [])]
  /** Refuses, or with --force notes, what is not as an earlier sitting had it. */
  const compare = (changed: readonly string[]): void => {
    if (!resumes || changed.length === 0) return
    if (!choice.force) throw refuseToResume(label, changed)
    carriedOver.push(...changed)
  }
  const made = {
    backend: backend.name,
    ...(backend.version === undefined ? {} : { backendVersion: backend.version }),
    node: environment.node,
    packages: services.packages,
  }
  const fingerprints: Record<string, string> = {}
  const { data: dataBefore = {}, ...madeBefore } = before?.identity ?? {}
  compare(differences(madeBefore, made))
  const machine = {
    processor: environment.cpu,
    threads: services.threads ?? availableParallelism(),
  }
  const log = openUnitLog(unit, (before?.sittings ?? 0) + 1, {
    dir: store.dir,
    formats: services.logs ?? [],
    warn: (line) => listener.log(line),
  })
  const say = (line: string): void => {
    log.line(line)
    listener.log(line)
  }
  const otherMachine = resumes ? differences(before.machine, machine) : []
  if (otherMachine.length > 0) {
    carriedOver.push(...otherMachine)
    say(`goes on elsewhere (${otherMachine.join('; ')}): the last bits may differ`)
  }
  const began = performance.now()
  const elapsed = () => (before?.seconds ?? 0) + (performance.now() - began) / 1000
  const startedAt = before?.startedAt ?? new Date().toISOString()
  const note = (): Sittings => ({
    startedAt,
    seconds: elapsed(),
    sittings: (before?.sittings ?? 0) + 1,
    identity: { ...made, data: { ...(dataBefore as JsonObject), ...fingerprints } },
    machine,
    carriedOver,
  })
  /** How long it took so far is worth noting, and not worth a run. */
  const noteIfPossible = (): void => {
    try {
      writeSittings(workDir, note())
    } catch (error) {
      if (!isRetableError(error)) throw error
    }
  }
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
    checkpointMinutes: services.checkpointMinutes ?? 5,
    workers: services.workers ?? 0,
    identity: () => ({
      ...{ kind: definition.kind, version: definition.version, config, seed },
      needs: needKeys(unit),
      ...made,
      data: fingerprints,
    }),
    force: choice.force ?? false,
    data: async <T>(request: UsedData['request']) => {
      const data = await services.openData(request).catch((error: unknown) => {
        throw dataError(error, request)
      })
      const name = canonicalJson(request)
      if (!(name in fingerprints)) {
        const { fingerprint } = data
        const was = (dataBefore as JsonObject)[name]
        if (was !== undefined)
          compare(differences({ [name]: was }, { [name]: fingerprint }, 'data'))
        fingerprints[name] = fingerprint
        writeSittings(workDir, note())
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
      mkdirSync(artifactDir, { recursive: true })
      return join(artifactDir, fileName)
    },
    progress: (progress) => {
      listener.progress(progress)
      log.progress(progress)
      if (performance.now() - noted > 10_000) {
        noted = performance.now()
        noteIfPossible()
      }
    },
    point: log.point,
    log: say,
  }

  let output: UnitOutput
  try {
    signal.throwIfAborted()
    output = await definition.run(context)
    checkOutput(unit, output)
  } catch (error) {
    noteIfPossible()
    log.failed(error)
    if (!signal.aborted) throw error
    if (isRetableError(error) && error.code !== 'interrupted') {
      listener.log(`stopped by the signal, but its last steps are not kept: ${error.message}`)
    }
    throw interrupted(label, error)
  }
  log.done(output.metrics)
  const seconds = elapsed()
  const artifacts = await keepArtifacts(unit, output, artifactDir, store)
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
    environment,
    timing: {
      startedAt,
      finishedAt: new Date().toISOString(),
      seconds: Math.round(seconds * 1000) / 1000,
      sittings: (before?.sittings ?? 0) + 1,
    },
    ...(carriedOver.length > 0 ? { carriedOver } : {}),
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
