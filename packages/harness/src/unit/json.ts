/** A value that JSON writes and reads back unchanged. Numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A plain record of {@link Json} values; a key whose value is undefined counts as absent. */
export type JsonObject = { readonly [key: string]: Json | undefined }
