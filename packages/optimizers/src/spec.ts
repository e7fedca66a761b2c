/** A value that JSON writes and reads back unchanged. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What a factory was asked for, defaults filled in, as plain JSON: what goes into a run's record and into the
 * hash of its configuration. Two optimizers or schedules with equal specs do the same.
 */
export interface Spec {
  readonly name: string
  readonly [option: string]: Json
}
