import type { CurvePoint, RetableErrorCode } from '@retable/core/host'
import type { BackendInfo, NeededResult, Progress, UnitOutput } from './context.js'
import type { PlainError } from './plain-error.js'
import type { Environment, StoredArtifact, StoredResult, UsedData } from './result.js'
import type { PlanSettings, RunSettings } from './settings.js'
import {
  flag,
  listOf,
  number,
  object,
  objectOf,
  optional,
  orNull,
  recordOf,
  text,
  whole,
  type Shape,
} from './shape.js'

// The shapes of what results hold and of what goes between processes and pages.

export const pointShape: Shape<CurvePoint> = recordOf(number)

export const curveShape: Shape<readonly CurvePoint[]> = listOf(pointShape)

const artifact = objectOf<StoredArtifact>({ file: text, sha256: text, bytes: whole })

const usedData = objectOf<UsedData>({
  request: object,
  fingerprint: text,
  note: optional(text),
})

export const backendShape: Shape<BackendInfo> = objectOf<BackendInfo>({
  name: text,
  why: optional(text),
  version: optional(text),
  details: optional(object),
})

const environment = objectOf<Environment>({
  node: text,
  platform: text,
  cpu: text,
  cores: number,
  memoryGiB: number,
  packages: recordOf(text),
})

const timing = objectOf<StoredResult['timing']>({
  startedAt: text,
  finishedAt: text,
  seconds: number,
  openingSeconds: optional(number),
  attempts: whole,
})

const planSettings = objectOf<PlanSettings>({
  reproduction: text,
  tier: orNull(text),
  overrides: recordOf(number),
  seeds: listOf(whole),
  sequential: optional(
    objectOf<NonNullable<PlanSettings['sequential']>>({ looks: listOf(whole), level: number }),
  ),
})

/** A result less its format and its curve, which is read later than the rest. */
export const resultShape: Shape<Omit<StoredResult, 'curve' | 'format' | 'formatVersion'>> =
  objectOf<Omit<StoredResult, 'curve' | 'format' | 'formatVersion'>>({
    key: text,
    kind: text,
    version: whole,
    config: object,
    seed: orNull(whole),
    needs: recordOf(text),
    label: text,
    cost: number,
    metrics: recordOf(number),
    extra: object,
    artifacts: recordOf(artifact),
    data: listOf(usedData),
    backend: orNull(backendShape),
    environment,
    timing,
    carriedOver: optional(listOf(text)),
    settings: planSettings,
    command: listOf(text),
  })

export const runSettingsShape: Shape<RunSettings> = objectOf<RunSettings>({
  plan: planSettings,
  results: text,
  backend: text,
  data: optional(text),
  threads: optional(whole),
  workers: whole,
  checkpointMinutes: number,
  logs: listOf(text),
  force: flag,
  restart: flag,
  command: listOf(text),
})

export const neededResultShape: Shape<NeededResult> = objectOf<NeededResult>({
  metrics: recordOf(number),
  curve: curveShape,
  extra: object,
  seed: orNull(whole),
  artifacts: recordOf(text),
})

export const progressShape: Shape<Progress> = objectOf<Progress>({
  step: number,
  steps: number,
  epoch: optional(number),
  loss: optional(number),
  learningRate: optional(number),
  imagesPerSecond: optional(number),
  phase: optional(text),
})

export const outputShape: Shape<UnitOutput> = objectOf<UnitOutput>({
  metrics: recordOf(number),
  curve: optional(curveShape),
  artifacts: optional(recordOf(text)),
  extra: optional(object),
})

export const errorShape: Shape<PlainError> = objectOf<PlainError>({
  message: text,
  // A code of a later version is passed on.
  code: optional(text as Shape<RetableErrorCode>),
  request: optional(object),
  damaged: optional(text),
  stack: optional(text),
})
