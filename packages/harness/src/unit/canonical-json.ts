import { sha256Hex } from '@retable/core/host'
import canonicalize from 'canonicalize'

/** A value's canonical JSON (RFC 8785): the same whatever the order of keys, without white space. */
export const canonicalJson = (value: unknown): string => canonicalize(value) ?? 'null'

/** SHA-256 of a value's canonical JSON. */
export const sha256OfJson = (value: unknown): string => sha256Hex(canonicalJson(value))
