/**
 * The value under a name of a record that was made by somebody else; undefined if it has none of its own. `record[name]`
 * would find `constructor` and `toString` in every object.
 */
export const ownValue = <T>(
  record: Readonly<Record<string, T>> | undefined,
  name: string,
): T | undefined => (record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined)
