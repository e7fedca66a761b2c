/**
 * Reads `--only`, a list of words of several kinds: the function that is returned takes a list of one kind and gives those that are
 * named, or all if none is.
 *
 * @throws if a word is in none of the lists
 */
export const readOnly = (text, ...lists) => {
  const only = text.split(',').filter(Boolean)
  const known = lists.flat()
  for (const name of only) {
    if (!known.includes(name)) throw new Error(`--only knows ${known.join(', ')}; found ${name}`)
  }
  return (list) => {
    const named = list.filter((name) => only.includes(name))
    return named.length > 0 ? named : list
  }
}
