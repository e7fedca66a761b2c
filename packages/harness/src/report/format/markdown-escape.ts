/**
 * A text for Markdown, anywhere in a paragraph, a heading, a list or a table's cell: rendered (by CommonMark, and by
 * GitHub's tables, strikethrough and mathematics) it reads as it stood. Line breaks become spaces.
 */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/\s*[\r\n\u0085\u2028\u2029]\s*/g, ' ')
    .trim()
    // Marks within a line. A closing bracket needs none if no other is open.
    .replace(/[\\`*_<>|~$]|\[|&(?=#|[a-z])/gi, (mark) => `\\${mark}`)
    // GitHub makes links of bare addresses, in which the marks above would be text.
    .replace(/(?<=https?|ftp):(?=\/\/)|(?<=www)\.|(?<=\w)@/gi, (mark) => `\\${mark}`)
    // What would begin a heading, a list, a rule or an underlined heading at the start of a block.
    .replace(/^(#{1,6}|[-+])(?=\s|$)|^[-=]+$/, (mark) => `\\${mark}`)
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')

/** {@link escapeMarkdown} for the text of a link or the description of an image. */
export const escapeLinkText = (text: string): string => escapeMarkdown(text).replaceAll(']', '\\]')

/** A text as code: in as many backticks as it needs. Within a table a `|` must be escaped even here. */
export const codeSpan = (text: string): string => {
  const line = text.replace(/\s*[\r\n]\s*/g, ' ')
  const runs = (line.match(/`+/g) ?? []).map((run) => run.length)
  let length = 1
  while (runs.includes(length)) length++
  const fence = '`'.repeat(length)
  // One space at each end is taken away again; it keeps backticks apart, and spaces that belong to the text.
  const room = /^[` ]|[` ]$/.test(line) && line.trim() !== '' ? ' ' : ''
  return `${fence}${room}${line}${room}${fence}`
}
