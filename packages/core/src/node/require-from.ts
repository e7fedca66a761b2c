/**
 * Node's `require` as a file sees it, for what `import` cannot do: resolve a package's file, read a manifest.
 *
 * The function is taken from Node at run time, since webpack knows `createRequire` by its import and may replace calls of it by
 * `undefined`.
 *
 * @param from a file, as its URL (`import.meta.url`) or path
 */
export const requireFrom = (from: string): NodeJS.Require =>
  process.getBuiltinModule('node:module').createRequire(from)
