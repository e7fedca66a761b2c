import { RetableError, createRandom } from '@retable/core/host'
import type { StoredResult } from '../unit/result.js'
import type { NeededResult } from '../unit/context.js'
import type { Unit } from '../unit/unit.js'

/** What an exact unit gives. */
export type ExactResult = Pick<StoredResult, 'metrics' | 'curve' | 'extra'>

const computed = new WeakMap<Unit, Promise<ExactResult>>()

/**
 * Computes an exact unit (see {@link UnitDefinition.exact}), once an object.
 *
 * @throws RetableError `invalid-argument` if it reaches for data, artifacts or a unit that is not exact.
 */
export const exactResult = (unit: Unit): Promise<ExactResult> => {
  const known = computed.get(unit) ?? compute(unit)
  computed.set(unit, known)
  return known
}

const compute = async (unit: Unit): Promise<ExactResult> => {
  const refuse = (what: string): never => {
    throw new RetableError('invalid-argument', `exact unit "${unit.label}" ${what}`)
  }
  const needs = Object.create(null) as Record<string, NeededResult>
  for (const [name, need] of Object.entries(unit.needs)) {
    if (!need.definition.exact) refuse(`needs "${need.label}", which is not exact`)
    needs[name] = { ...(await exactResult(need)), seed: need.seed, artifacts: {} }
  }
  const {
    metrics,
    curve = [],
    extra = {},
  } = await unit.definition.run({
    config: unit.config,
    seed: unit.seed,
    random: createRandom(unit.seed ?? 0),
    needs,
    backend: undefined,
    threads: undefined,
    workDir: '',
    signal: new AbortController().signal,
    checkpointMinutes: Infinity,
    workers: 0,
    identity: () => ({}),
    force: false,
    data: async () => refuse('opens data'),
    artifact: () => refuse('makes an artifact'),
    progress: () => undefined,
    point: () => undefined,
    log: () => undefined,
  })
  return { metrics, curve, extra }
}
