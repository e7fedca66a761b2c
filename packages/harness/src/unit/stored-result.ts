import type { UnitOutput } from './context.js'
import type { StoredArtifact, StoredResult } from './result.js'
import { needKeys, unitKey } from './unit-key.js'
import type { Unit } from './unit.js'

/** What a result holds besides its unit: the output, and how and where it was made. */
export interface ResultParts extends Pick<
  StoredResult,
  'data' | 'backend' | 'environment' | 'settings' | 'command'
> {
  readonly output: UnitOutput
  /** The files that were kept of the output's. */
  readonly artifacts: Readonly<Record<string, StoredArtifact>>
  /** When the first attempt began, and what all of them took. */
  readonly timing: Omit<StoredResult['timing'], 'finishedAt'>
  readonly carriedOver: readonly string[]
}

/** The result of a unit that has just ended. */
export const storedResult = (unit: Unit, parts: ResultParts): StoredResult => {
  const { definition, config, seed, label, cost } = unit
  const { output, artifacts, data, backend, environment, carriedOver, settings, command } = parts
  const { startedAt, seconds, openingSeconds, attempts } = parts.timing
  return {
    format: 'retable-result',
    formatVersion: 1,
    key: unitKey(unit),
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
    data,
    backend,
    environment,
    timing: {
      startedAt,
      finishedAt: new Date().toISOString(),
      seconds: thousandths(seconds),
      ...(openingSeconds !== undefined && { openingSeconds: thousandths(openingSeconds) }),
      attempts,
    },
    ...(carriedOver.length > 0 && { carriedOver }),
    settings,
    command,
  }
}

const thousandths = (seconds: number): number => Math.round(seconds * 1000) / 1000
