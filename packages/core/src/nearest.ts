import { distance } from 'fastest-levenshtein'
import { RetableError } from './errors.js'

/** The known names nearest to `name` by edit distance, best first, at most `most`, none farther than half its length. */
export const nearestNames = (name: string, known: readonly string[], most = 3): readonly string[] =>
  known
    .map((candidate) => ({
      candidate,
      edits: distance(String(name).toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ edits, candidate }) => edits <= Math.max(2, candidate.length / 2))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ candidate }) => candidate)

/**
 * The error for a name that is not one of `known`.
 *
 * @example
 * throw unknownName('model', 'vgg-Z', ['vgg-A', 'vgg-B']) // unknown model "vgg-Z"; did you mean "vgg-A" or "vgg-B"?
 */
export const unknownName = (kind: string, name: string, known: readonly string[]): RetableError => {
  const near = nearestNames(name, known)
  const quoted = (names: readonly string[]) => names.map((n) => `"${n}"`).join(' or ')
  const hint = near.length > 0 ? `did you mean ${quoted(near)}?` : `known: ${known.join(', ')}`
  return new RetableError('unknown-name', `unknown ${kind} "${name}"; ${hint}`)
}
