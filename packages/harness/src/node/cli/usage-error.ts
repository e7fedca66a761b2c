/**
 * Commander's error as one sentence after the command's name: it writes what was typed and what was expected as two
 * fragments. Other texts stay as they are.
 *
 * @example
 * usageError('retable', "error: option '--seeds <list>' argument '1,1' is invalid. names 1 twice: 1,1\n")
 * // retable: --seeds names 1 twice: 1,1
 */
export const usageError = (name: string, text: string): string => {
  if (!text.startsWith('error: ')) return text
  const message = text.slice('error: '.length).trimEnd()
  return `${name}: ${ofValue(message) ?? ofCount(message)}\n`
}

/** A value that an option does not take: the parser says what was expected, or what the option does wrong. */
const ofValue = (message: string): string | undefined => {
  const parts = /^(option '(--[\w-]+).*' argument '.*' is invalid)\. (.*?)\.?$/s.exec(message)
  if (!parts) return undefined
  const [, value, flag, why = ''] = parts
  const choices = /^Allowed choices are (.*)$/.exec(why)?.[1]
  if (choices !== undefined) return `${value}: expected ${choices.split(', ').join(' or ')}`
  return why.startsWith('expected ') ? `${value}: ${why}` : `${flag} ${why}`
}

/** Too many words. */
const ofCount = (message: string): string =>
  message.replace(/\. Expected (\d+) arguments? but got (\d+)\.$/, ': expected $1, got $2')
