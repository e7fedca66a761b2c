import type { Json } from '@retable/core'

/**
 * What a factory was asked for, defaults filled in, as plain JSON: what goes into a run's record and into the
 * hash of its configuration. Two optimizers or schedules with equal specs do the same.
 */
export interface Spec {
  /** The factory's name. */
  readonly kind: string
  readonly [option: string]: Json
}
