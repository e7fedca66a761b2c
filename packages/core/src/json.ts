/** A value that JSON writes and reads back unchanged. Numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A plain record of {@link Json} values; a key whose value is undefined counts as absent. */
export type JsonObject = { readonly [key: string]: Json | undefined }

/**
 * What JSON holds of a type: functions are left out of what a property may be, and interfaces become plain object types, so
 * that a record of it is a {@link JsonObject}.
 *
 * @example
 * JsonOf<{ name: string; init?: (() => number) | { kind: 'zeros' } }> // { name: string; init?: { kind: 'zeros' } }
 */
export type JsonOf<T> = T extends (...args: never) => unknown
  ? never
  : T extends object
    ? { readonly [K in keyof T]: JsonOf<T[K]> }
    : T

/**
 * The specs of several factories, by their kinds and options: `Specs<{ sgd: SgdOptions }>` is `{ kind: 'sgd' }` with the
 * options of `sgd`.
 */
export type Specs<Kinds> = {
  [Kind in keyof Kinds]: { readonly kind: Kind } & JsonOf<Kinds[Kind]>
}[keyof Kinds]
