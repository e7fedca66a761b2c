import { RetableError } from '@retable/core/host'
import type { JsonObject } from '@retable/core/host'
import type { UnitContext, UnitOutput } from './context.js'

/**
 * One piece of work that is done once and kept: a trained net, an evaluation of it, a count.
 *
 * A unit is known by what it computes: its key is the SHA-256 of (kind, version, config, seed, the keys of
 * `needs`), and knows nothing of the reproduction that asked for it. Two tables that plan the same unit share
 * one result; nothing is trained twice.
 */
export interface Unit {
  /** How a unit of this kind is computed. */
  readonly definition: UnitDefinition
  /** Everything that decides the result, in plain JSON. */
  readonly config: JsonObject
  /** Null for work that draws nothing. */
  readonly seed: number | null
  /** Units whose results and artifacts this one reads, by the name its `run` reads them under. */
  readonly needs: Readonly<Record<string, Unit>>
  /** What people see while it runs: `D, S=256`. No part of the key. */
  readonly label: string
  /** Relative amount of work, comparable within a kind (multiply-adds × images, say); ETAs come from it. No part of the key. */
  readonly cost: number
}

/** What a unit takes, estimated from its configuration. */
export interface UnitEstimate {
  /** Bytes of memory that its parameters, activations and buffers hold at once; the runtime comes on top. */
  readonly memoryBytes: number
  /** Bytes of its checkpoints on the disk while it runs; 0 if it writes none. */
  readonly checkpointBytes: number
  /** Bytes of its artifacts, which stay. */
  readonly artifactBytes: number
}

/** What {@link defineUnit} takes. */
export interface UnitDefinition<C extends JsonObject = JsonObject> {
  /** What kind of work: `train-vgg`, `evaluate-dense`. Kebab-case. */
  readonly kind: string
  /** Raised whenever the code changes in a way that changes results: old results then no longer count. */
  readonly version: number
  /**
   * True for counts and geometry that take milliseconds and need no backend: computed again wherever they are
   * asked for, reports included, and never stored.
   */
  readonly exact?: boolean
  /** Bytes that a unit takes, told before it runs, for `plan` (default: not known). */
  estimate?(unit: Unit): UnitEstimate
  /** Does the work. See {@link UnitContext} for what it is given and what it owes. */
  run(context: UnitContext<C>): UnitOutput | Promise<UnitOutput>
}

/** What the function that {@link defineUnit} returns takes. */
export interface UnitRequest<C extends JsonObject> {
  /** What the unit computes with; part of its key. */
  readonly config: C
  /** Left out (or null) for work that draws nothing. */
  readonly seed?: number | null
  /** Units whose results or files it reads, by names of its own choosing. */
  readonly needs?: Readonly<Record<string, Unit>>
  /** What displays call it; not part of its key. */
  readonly label?: string
  /** Effort relative to other units of its kind, for estimates; not part of its key. */
  readonly cost?: number
}

/** Makes units of one kind. */
export type UnitFactory<C extends JsonObject> = ((request: UnitRequest<C>) => Unit) & {
  readonly definition: UnitDefinition<C>
}

/**
 * Defines a kind of work and returns the function that makes units of it. Nothing runs until the harness runs it.
 *
 * @throws RetableError `invalid-argument` if the kind is not kebab-case, the version no positive integer, the
 * seed no integer, or the cost not positive.
 * @example
 * const train = defineUnit<{ variant: string; steps: number }>({
 *   kind: 'train-vgg',
 *   version: 1,
 *   async run({ config, random, progress, signal, artifact }) {
 *     // … train …
 *     return { metrics: { top1: 31.2 }, curve, artifacts: { weights: await save(artifact('weights.safetensors')) } }
 *   },
 * })
 * const unit = train({ config: { variant: 'D', steps: 900 }, seed: 1, label: 'D, S=256' })
 */
export const defineUnit = <C extends JsonObject = JsonObject>(
  definition: UnitDefinition<C>,
): UnitFactory<C> => {
  const { kind, version } = definition
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(kind)) {
    throw new RetableError('invalid-argument', `a unit's kind is kebab-case, found "${kind}"`)
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RetableError(
      'invalid-argument',
      `unit kind "${kind}": version is a positive integer, found ${version}`,
    )
  }
  const make = ({
    config,
    seed = null,
    needs = {},
    label = kind,
    cost = 1,
  }: UnitRequest<C>): Unit => {
    if (seed !== null && !Number.isSafeInteger(seed)) {
      throw new RetableError(
        'invalid-argument',
        `unit "${label}": seed is an integer or null, found ${seed}`,
      )
    }
    if (!(cost > 0 && Number.isFinite(cost))) {
      throw new RetableError(
        'invalid-argument',
        `unit "${label}": cost is a positive number, found ${cost}`,
      )
    }
    // `run` is declared as a method, so a definition for a narrower config stands for the general one.
    return { definition: definition, config, seed, needs, label, cost }
  }
  return Object.assign(make, { definition })
}
