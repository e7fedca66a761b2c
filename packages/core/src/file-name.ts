import { sha256Hex } from './sha256.js'

/** The longest name that {@link fileNameOf} makes. */
const longest = 80

/**
 * A file name for a name that comes from somebody else: of `a` to `z`, `0` to `9` and single hyphens, at most 80
 * characters, never empty, and never one that a system keeps for itself. It holds no path and no extension.
 *
 * A name of that form is kept as it is. Any other gets the first 16 digits of its SHA-256 at its end, and so does one
 * that looks as if it had them: different names have different file names.
 *
 * @example
 * fileNameOf('curves-loss')              // 'curves-loss'
 * fileNameOf('curves-x/../../escaped')   // 'curves-x-escaped-' and 16 digits
 */
export const fileNameOf = (name: string): string => {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  const isPlain =
    slug === name &&
    slug !== '' &&
    slug.length <= longest &&
    !reserved.test(slug) &&
    !/(^|-)[0-9a-f]{16}$/.test(slug)
  if (isPlain) return slug
  const digits = sha256Hex(name).slice(0, 16)
  const start = slug.slice(0, longest - digits.length - 1).replace(/-+$/, '')
  return start === '' ? digits : `${start}-${digits}`
}

/** Names of devices on Windows. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/
