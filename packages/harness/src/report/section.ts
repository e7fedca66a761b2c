import { RetableError } from '@retable/core/host'

/**
 * Replaces the text between `<!-- begin NAME -->` and `<!-- end NAME -->`, each on a line of its own.
 *
 * @throws RetableError `not-found` if a marker is missing, or `invalid-argument` if one occurs twice or the
 * end comes first, naming the file.
 */
export const replaceSection = (
  document: string,
  name: string,
  content: string,
  file: string,
): string => {
  const lines = document.split('\n')
  const at = (marker: string): number => {
    const found = lines.flatMap((line, i) => (line.trim() === marker ? [i] : []))
    if (found.length === 0) {
      throw new RetableError('not-found', `${file} has no line "${marker}"`)
    }
    if (found.length > 1) {
      throw new RetableError(
        'invalid-argument',
        `${file} has ${found.length} lines "${marker}", expected one`,
      )
    }
    return found[0]!
  }
  const begin = at(`<!-- begin ${name} -->`)
  const end = at(`<!-- end ${name} -->`)
  if (end < begin) {
    throw new RetableError('invalid-argument', `${file} ends section "${name}" before it begins`)
  }
  // Lines of the file keep their ends; those that are new end as the marker before them.
  const lineEnd = lines[begin]!.endsWith('\r') ? '\r' : ''
  const section = [
    '',
    '<!-- Generated; edits are lost. -->',
    '<!-- prettier-ignore-start -->',
    '',
    ...content.trim().split('\n'),
    '',
    '<!-- prettier-ignore-end -->',
    '',
  ]
  return [
    ...lines.slice(0, begin + 1),
    ...section.map((line) => line + lineEnd),
    ...lines.slice(end),
  ].join('\n')
}
